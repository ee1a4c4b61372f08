"""Lambda's Invoke, for AWS's clients and for Step Functions: moto would want Docker for it.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.local.errors import FunctionError, LocalError, TemplateError, ThrottledError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Invoke", "InvokeApi"]

Invoke = Callable[[str, Any], Any]

# A name or an ARN, either with a version or an alias.
_PATH = re.compile(r"/2015-03-31/functions/(?:arn:aws:lambda:[^:]*:\d*:function:)?([\w-]+)(?::[\w$-]+)?/invocations")


class InvokeApi:
    """`app`, with functions in front of it once `invoke` is set: it is given a logical id and an event.

    An event that is to be answered later is answered once; Lambda would try it twice more.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.invoke: Invoke | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = _PATH.fullmatch(environ["PATH_INFO"])
        if found is None or self.invoke is None:
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        status, headers, answer = _answered(self.invoke, found[1], body or b"{}", kind)
        always = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
        start_response(status, [*always.items(), *headers.items()])
        return [json.dumps(answer).encode() if answer is not None else b""]


def _answered(invoke: Invoke, name: str, body: bytes, kind: str) -> tuple[str, Mapping[str, str], Any]:
    """Status, headers and body."""
    try:
        event = json.loads(body)
        if kind == "Event":
            threading.Thread(target=_later, args=(invoke, name, event), daemon=True).start()
            return "202 Accepted", {}, None
        return "200 OK", {}, invoke(name, event)
    except ValueError as error:
        return _refused("400 Bad Request", "InvalidRequestContentException", error)
    except TemplateError as error:
        return _refused("404 Not Found", "ResourceNotFoundException", error)
    except ThrottledError as error:
        return _refused("429 Too Many Requests", "TooManyRequestsException", error)
    except FunctionError as error:
        told = {"errorType": error.kind, "errorMessage": error.message}
        return "200 OK", {"X-Amz-Function-Error": "Unhandled"}, told


def _later(invoke: Invoke, name: str, event: Any) -> None:
    with suppress(LocalError):  # the function's log tells
        invoke(name, event)


def _refused(status: str, kind: str, error: Exception) -> tuple[str, Mapping[str, str], Any]:
    return status, {"x-amzn-ErrorType": kind}, {"Message": str(error)}
