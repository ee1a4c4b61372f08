"""Routes: each posts JSON to an operation and answers every error as a problem, never with a traceback."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json

from modelet.adapters.problems import (
    PROBLEM_JSON,
    MalformedBodyError,
    OpenAIError,
    Problem,
    UnsupportedMediaTypeError,
    openai_response,
    problem_of,
    problem_response,
    title_of,
)
from modelet.errors import InputTooLargeError
from modelet.observability import log_failure
from modelet.operation import Operation, Reply

__all__ = ["REF", "TRUNCATED_HEADER", "JsonRoute", "OpenAIRoute"]

TRUNCATED_HEADER = "x-modelet-truncated"
REF = "#/components/schemas/{model}"
_ERROR_STATUSES = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)

Endpoint = Callable[..., Coroutine[Any, Any, BaseModel]]


class _JsonRequest(Request):
    """A request whose body is parsed as a queue's messages are: RFC 8259 to the letter, at most 200 levels deep."""

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise MalformedBodyError("body", f"is not JSON: {error}") from None


class _Errors(NamedTuple):
    """How errors are answered, and how the document says so."""

    model: type[BaseModel]
    media_type: str
    render: Callable[[Problem], Response]

    def responses(self) -> dict[int | str, dict[str, Any]]:
        content = {self.media_type: {"schema": {"$ref": REF.format(model=self.model.__name__)}}}
        return {status.value: {"description": title_of(status), "content": content} for status in _ERROR_STATUSES}


class JsonRoute(APIRoute):
    """POST `path`, answered by `operation`; errors are RFC 9457 problems."""

    errors: ClassVar[_Errors] = _Errors(Problem, PROBLEM_JSON, problem_response)

    def __init__(self, path: str, operation: Operation[Any, Any, Any, Any]) -> None:
        self.operation = operation
        super().__init__(
            path,
            _endpoint(operation),
            methods=["POST"],
            name=path.rpartition("/")[2],
            description=operation.description,
            response_model=operation.response,
            responses=self.errors.responses(),
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                _require_json(request)
                return self._fitting(await answer(_JsonRequest(request.scope, request.receive)))
            except Exception as error:
                problem = problem_of(error)
                if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    log_failure(error)
                return self.errors.render(problem)

        return guarded

    def _fitting(self, response: Response) -> Response:
        size, limit = len(response.body), self.operation.predictor.settings.max_response_bytes
        if size > limit:
            raise InputTooLargeError("body", f"the answer takes {size} bytes; at most {limit} are returned")
        return response


class OpenAIRoute(JsonRoute):
    """A route of OpenAI's API: the same errors, in OpenAI's shape."""

    errors = _Errors(OpenAIError, "application/json", openai_response)


def _endpoint(operation: Operation[Any, Any, Any, Any]) -> Endpoint:
    """What FastAPI calls: it validates the body by the annotation, and hands over the response to put headers on."""

    async def answer(body: BaseModel, response: Response) -> BaseModel:
        reply: Reply[BaseModel] = operation(body)
        if reply.truncated:
            response.headers[TRUNCATED_HEADER] = "true"
        return reply.response

    answer.__annotations__["body"] = operation.request
    return answer


def _require_json(request: Request) -> None:
    declared = request.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise UnsupportedMediaTypeError("content-type", f"must be application/json, not {declared[:80]!r}")
