"""The HTTP API of template.yaml as an ASGI app: request, event, function, response. Any executor can stand behind it.

Limits and answers: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html.
"""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from workbench.local.errors import FunctionError, LocalError
from workbench.local.events import (
    INTERNAL_SERVER_ERROR,
    Headers,
    HttpRequest,
    HttpResponse,
    message,
    to_event,
    to_response,
)
from workbench.local.executor import Executor
from workbench.local.openapi import DOCUMENT
from workbench.local.routing import Match, Router
from workbench.local.template import Function, Template

__all__ = ["MAX_PAYLOAD_BYTES", "bundle_name", "create_gateway"]

MAX_PAYLOAD_BYTES = 10_000_000

_PORTS = {"http": 80, "https": 443}

_NOT_FOUND = message(404, "Not Found")
_TOO_LARGE = message(413, "Request Entity Too Large")


class _Api:
    """Answers whatever the template routes; leaves the function's logical id in the request's state."""

    def __init__(self, template: Template, executor: Executor) -> None:
        self._router = Router(template)
        self._executor = executor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await _to_starlette(response)(scope, receive, send)

    async def _respond(self, request: Request) -> HttpResponse:
        match = self._router.match(request.method, _raw_path(request))
        body = await _read(request)
        if match is None:
            return _NOT_FOUND
        request.state.function = match.function.logical_id
        if body is None:
            return _TOO_LARGE
        return await run_in_threadpool(self._call, match, _from_starlette(request, body))

    def _call(self, match: Match, request: HttpRequest) -> HttpResponse:
        try:
            return to_response(self._executor.invoke(match.function, to_event(request, match)))
        except FunctionError:
            return INTERNAL_SERVER_ERROR


async def _read(request: Request) -> bytes | None:
    """The whole body; None if it is over the limit, but read to its end so that the client hears the answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_PAYLOAD_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_PAYLOAD_BYTES else None


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope["raw_path"]
    return raw.split(b"?", 1)[0].decode("latin-1")


def _from_starlette(request: Request, body: bytes) -> HttpRequest:
    headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return HttpRequest(
        method=request.method,
        path=_raw_path(request),
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        source_ip=request.client.host if request.client else "127.0.0.1",
        protocol=f"HTTP/{request.scope['http_version']}",
        scheme=request.url.scheme,
        port=request.url.port or _PORTS[request.url.scheme],
    )


def _to_starlette(response: HttpResponse) -> Response:
    answer = Response(response.body, response.status)
    for name, value in response.headers:
        if name != "content-length":
            answer.headers.append(name, value)
    return answer


def bundle_name(function: Function, root: Path) -> str | None:
    """`name@version` from the manifest of the bundle beside the handler; None where there is no bundle."""
    path = function.model_folder(root) / "manifest.json"
    if not path.is_file():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return f"{manifest['name']}@{manifest['version']}"


def _read_document(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LocalError(f"{path} is missing: run `modelet openapi`") from None


def create_gateway(template: Template, executor: Executor) -> Starlette:
    """The app: the template's routes, and beside them /health, /docs and /openapi.json of our own."""
    health = {function.logical_id: bundle_name(function, template.root) for function in template.http_functions}
    document = _read_document(template.root / DOCUMENT)

    async def get_health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "functions": health})

    async def get_openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    async def get_docs(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="modelet",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )

    return Starlette(
        routes=[
            Route("/health", get_health),
            Route("/openapi.json", get_openapi),
            Route("/docs", get_docs),
            Mount("/docs/assets", StaticFiles(packages=[("fastapi_swagger", "resources")])),
            Mount("/", _Api(template, executor)),
        ]
    )
