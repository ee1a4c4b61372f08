"""What goes into a function and what comes out of it: JSON within the limits of a synchronous call.

Lambda takes less than 6,291,456 bytes and gives at most 6,291,556: the words of its own errors, and measured in
https://zaccharles.medium.com/deep-dive-lambdas-request-payload-size-limit-2-2-6350c1ae5577.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.local.errors import FunctionError

__all__ = [
    "MAX_RESPONSE_BYTES",
    "REQUEST_LIMIT_BYTES",
    "REQUEST_TOO_LARGE",
    "encoded",
    "request_payload",
    "response_payload",
]

REQUEST_LIMIT_BYTES = 6 * 1024 * 1024
MAX_RESPONSE_BYTES = REQUEST_LIMIT_BYTES + 100
REQUEST_TOO_LARGE = "RequestTooLargeException"  # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html


def encoded(value: Any) -> bytes:
    """JSON as AWS's services send it to a function: UTF-8, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def request_payload(function: str, event: Mapping[str, Any]) -> bytes:
    """The event as Lambda is sent it; raises FunctionError if it is too large."""
    payload = encoded(event)
    if len(payload) >= REQUEST_LIMIT_BYTES:
        message = f"Request must be smaller than {REQUEST_LIMIT_BYTES} bytes for the InvokeFunction operation"
        raise FunctionError(function, REQUEST_TOO_LARGE, message)
    return payload


def response_payload(function: str, result: Any) -> bytes:
    """A handler's result as the runtime sends it; raises FunctionError if it is too large, TypeError if no JSON."""
    payload = json.dumps(result, ensure_ascii=False).encode()  # with spaces, as AWS's runtime client
    if len(payload) > MAX_RESPONSE_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        raise FunctionError(function, "Function.ResponseSizeTooLarge", message)
    return payload
