"""HTTP: a FastAPI app whose every error is a problem, and Mangum between it and API Gateway's events."""

from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any

from mangum import Mangum
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import from_json
from snapshot_restore_py import register_before_snapshot
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelet.errors import InputTooLargeError
from modelet.init import models_deferred
from modelet.observability import Handler, log_failure, observed, record
from modelet.predictor import Predictor
from modelet.snapshot import prepare_snapshot

with models_deferred():
    from fastapi import APIRouter, FastAPI, Request, Response
    from fastapi.routing import APIRoute

    from modelet.adapters.problems import (
        PROBLEM_JSON,
        MalformedBodyError,
        OpenAIError,
        Problem,
        UnsupportedMediaTypeError,
        openai_response,
        problem_of,
        problem_response,
    )

__all__ = ["BUNDLE_HEADER", "create_app", "create_handler", "json_router", "openai_router"]

BUNDLE_HEADER = "x-modelet-bundle"
_REF = "#/components/schemas/{model}"
_ERROR_STATUSES = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class _JsonRequest(Request):
    """A request whose body is parsed as a queue's messages are: RFC 8259 to the letter, at most 200 levels deep."""

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise MalformedBodyError("body", f"is not JSON: {error}") from None


class _JsonRoute(APIRoute):
    """A route that takes JSON only and answers every error as an RFC 9457 problem, never with a traceback."""

    @staticmethod
    def render(problem: Problem) -> Response:
        return problem_response(problem)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                _require_json(request)
                return _fitting(request, await answer(_JsonRequest(request.scope, request.receive)))
            except Exception as error:
                problem = problem_of(error)
                if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    log_failure(error)
                return self.render(problem)

        return guarded


class _OpenAIRoute(_JsonRoute):
    """A route of OpenAI's API: the same errors, in OpenAI's shape."""

    @staticmethod
    def render(problem: Problem) -> Response:
        return openai_response(problem)


class _App(FastAPI):
    """An app whose document knows the error models, which its routes only refer to.

    Given to a route, a model is built at every cold start, though only the document wants it: 5 ms.
    """

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        _, errors = models_json_schema([(Problem, "serialization"), (OpenAIError, "serialization")], ref_template=_REF)
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


def json_router(tag: str) -> APIRouter:
    """Routes whose errors are RFC 9457 problems; the document lists them under `tag`."""
    return APIRouter(tags=[tag], route_class=_JsonRoute, responses=_responses(Problem, PROBLEM_JSON))


def openai_router(tag: str) -> APIRouter:
    """Routes whose errors have OpenAI's shape; the document lists them under `tag`."""
    return APIRouter(tags=[tag], route_class=_OpenAIRoute, responses=_responses(OpenAIError, "application/json"))


def create_app(title: str, predictor: Predictor[Any, Any], routers: Sequence[APIRouter]) -> FastAPI:
    """The app of one function; every answer names the bundle that served it."""
    app = _App(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours is modelet.observability
        # Not include_router, which keeps a level for each: 0.03 ms a request.
        routes=[route for router in routers for route in router.routes],
    )
    app.state.settings = predictor.settings
    predictor.observe = record
    prepare_snapshot(predictor)
    app.add_middleware(_NameBundle, bundle=predictor.manifest.id)

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


def _responses(model: type[BaseModel], media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"$ref": _REF.format(model=model.__name__)}}}
    return {status.value: {"description": status.phrase, "content": content} for status in _ERROR_STATUSES}


def _require_json(request: Request) -> None:
    declared = request.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise UnsupportedMediaTypeError("content-type", f"must be application/json, not {declared[:80]!r}")


def _fitting(request: Request, response: Response) -> Response:
    size, limit = len(response.body), request.app.state.settings.max_response_bytes
    if size > limit:
        raise InputTooLargeError("body", f"the answer takes {size} bytes; at most {limit} are returned")
    return response
