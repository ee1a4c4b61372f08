"""HTTP: a FastAPI app whose every error is a problem, and Mangum between it and API Gateway's events."""

from collections.abc import Sequence
from typing import Any

from mangum import Mangum
from pydantic.json_schema import models_json_schema
from snapshot_restore_py import register_before_snapshot
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelet.init import models_deferred
from modelet.observability import Handler, observed, record
from modelet.operation import Operation
from modelet.snapshot import prepare_snapshot

with models_deferred():
    from fastapi import FastAPI, Request, Response

    from modelet.adapters.problems import PROBLEM_JSON, OpenAIError, Problem, problem_of, problem_response
    from modelet.adapters.routes import REF, JsonRoute, OpenAIRoute

__all__ = ["BUNDLE_HEADER", "JsonRoute", "OpenAIRoute", "create_api", "create_app", "create_handler"]

BUNDLE_HEADER = "x-modelet-bundle"


class _App(FastAPI):
    """An app whose document knows the error models, which its routes only refer to.

    Given to a route, a model is built at every cold start, though only the document wants it: 5 ms.
    """

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        _, errors = models_json_schema([(Problem, "serialization"), (OpenAIError, "serialization")], ref_template=REF)
        document["components"]["schemas"] |= errors["$defs"]
        return document


class _NameBundle:
    """Adds the header x-modelet-bundle. Bare ASGI: Starlette's BaseHTTPMiddleware costs 0.4 ms a request."""

    def __init__(self, app: ASGIApp, bundle: str) -> None:
        self._app = app
        self._header = (BUNDLE_HEADER.encode(), bundle.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def name_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], self._header]
            await send(message)

        await self._app(scope, receive, name_and_send)


def create_api(path: str, operation: Operation[Any, Any, Any, Any]) -> tuple[FastAPI, Handler]:
    """The app and the handler of a function with the one route POST `path`; it is named as the path ends."""
    app = create_app(path.rpartition("/")[2], [JsonRoute(path, operation)])
    return app, create_handler(app)


def create_app(title: str, routes: Sequence[JsonRoute]) -> FastAPI:
    """The app of one function, whose routes share their predictors; every answer names the bundle that served it."""
    app = _App(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours is modelet.observability
        # Not include_router, which keeps a level for each: 0.03 ms a request.
        routes=list(routes),
    )
    for route in routes:
        route.tags = [title]
    operation = routes[0].operation
    for predictor in operation.predictors:
        predictor.observe = record
    prepare_snapshot(*operation.predictors)
    app.state.settings = operation.predictor.settings
    app.add_middleware(_NameBundle, bundle=operation.predictor.manifest.id)

    @app.exception_handler(HTTPException)
    async def unmatched(_: Request, error: HTTPException) -> Response:
        return problem_response(problem_of(error))

    return app


def create_handler(app: FastAPI) -> Handler:
    """The Lambda handler of `app` for API Gateway's payload format 2.0."""
    adapter = Mangum(app, lifespan="off", text_mime_types=["application/json", PROBLEM_JSON, "text/"])
    register_before_snapshot(_warm_up_http, adapter)
    return observed(adapter, app.state.settings)


def _warm_up_http(adapter: Mangum) -> None:
    """Answer a request that has no route; outside `observed`, so that it is no cold start and in no metric."""
    request = {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""}
    event = {"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": {}, "requestContext": {"http": request}}
    adapter(event, None)  # type: ignore[arg-type]  # nothing here asks for a context
