"""A Lambda execution environment: the child side, which imports a handler and answers events over a socket.

Run by path in a fresh interpreter. It imports the standard library only, and little of that, so that the time of INIT
is the handler's own. The names follow AWS's runtime client (https://github.com/aws/aws-lambda-python-runtime-interface-client).
"""

import importlib
import json
import os
import socket
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TextIO

__all__ = ["ACCOUNT_ID", "Handler", "LambdaContext", "load_handler"]

ACCOUNT_ID = "123456789012"

Handler = Callable[[Any, "LambdaContext"], Any]


class LambdaContext:
    """The context object of Python functions (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html).

    `memory_limit_in_mb` is a string, as in AWS's runtime client. `timeout` is in seconds and runs from now.
    """

    def __init__(self, environment: Mapping[str, str], timeout: float) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = (
            f"arn:aws:lambda:{environment['AWS_REGION']}:{ACCOUNT_ID}:function:{self.function_name}"
        )
        self.client_context = None
        self.identity = None
        self._deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out, never negative."""
        return max(int((self._deadline - time.monotonic()) * 1000), 0)


def load_handler(path: str) -> Handler:
    """Import `package.module.function`; raises whatever the import raises, or AttributeError."""
    module, _, name = path.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def failure(error: Exception) -> dict[str, Any]:
    """The message that a function failed, in Lambda's words; the traceback goes to the log."""
    traceback.print_exception(error)
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The function's result and the milliseconds it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, (time.perf_counter() - start) * 1000


def invoke(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    """Answer the request's event once, then `repeat` times more for the warm times."""
    times, answer = [], ""
    for _ in range(1 + request["repeat"]):
        context = LambdaContext(os.environ, request["timeout"])
        result, ms = timed(handler, request["event"], context)
        times.append(ms)
        answer = answer or json.dumps(result)
    return {"answer": answer, "times_ms": times}


def initialise() -> tuple[Handler | None, dict[str, Any]]:
    """Import the handler that the environment names; a failure is reported and gives no handler."""
    try:
        handler, ms = timed(load_handler, os.environ["_HANDLER"])
    except Exception as error:
        return None, failure(error)
    return handler, {"init_ms": ms}


def answer(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    """The message for one request: its answer and times, or the failure."""
    try:
        return invoke(handler, request)
    except Exception as error:
        return failure(error)


def serve(channel: TextIO) -> None:
    """Import the handler and answer one JSON message a line until the parent closes the channel."""

    def send(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    handler, initialised = initialise()
    send(initialised)
    if handler:
        for line in channel:
            send(answer(handler, json.loads(line)))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rw", encoding="utf-8") as stream:
        serve(stream)
