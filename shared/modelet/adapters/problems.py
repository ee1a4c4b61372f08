"""Errors as HTTP answers: RFC 9457 problems, or OpenAI's shape on its routes. One table says which status."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from modelet.errors import InputTooLargeError, InvalidInputError

__all__ = [
    "PROBLEM_JSON",
    "MalformedBodyError",
    "OpenAIError",
    "Problem",
    "UnsupportedMediaTypeError",
    "openai_response",
    "problem_of",
    "problem_response",
    "title_of",
]

PROBLEM_JSON = "application/problem+json"
# RFC 9110's names for what Python calls otherwise before 3.13.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
# An answer quotes no more of a request than this many wrong fields, and of a name this many characters.
MAX_FIELD_ERRORS, MAX_NAME = 10, 80


class UnsupportedMediaTypeError(InvalidInputError):
    """The body is not declared as JSON."""


class MalformedBodyError(InvalidInputError):
    """The body is not JSON."""


class FieldError(BaseModel):
    """What is wrong with one field; `field` is its path in the request, such as `input.3`."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, with the fields that are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)


class OpenAIErrorBody(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(BaseModel):
    """The error shape of OpenAI's API."""

    error: OpenAIErrorBody


_STATUSES: dict[type[InvalidInputError], HTTPStatus] = {
    MalformedBodyError: HTTPStatus.BAD_REQUEST,
    UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InputTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def problem_of(error: Exception) -> Problem:
    """The problem that tells a caller of `error`; one that no table knows says nothing of its cause."""
    if isinstance(error, RequestValidationError):
        return _validation_problem(error)
    if isinstance(error, HTTPException) and isinstance(error.__cause__, InvalidInputError):
        return problem_of(error.__cause__)  # FastAPI wraps what reading a body raises
    if isinstance(error, HTTPException):
        return _problem(HTTPStatus(error.status_code), str(error.detail))
    if isinstance(error, InvalidInputError):
        return _problem(_STATUSES[type(error)], str(error), [FieldError(field=error.field, message=error.message)])
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The request could not be answered; the log tells why.")


def _validation_problem(error: RequestValidationError) -> Problem:
    fields = [FieldError(field=_path(e["loc"]), message=e["msg"]) for e in error.errors()[:MAX_FIELD_ERRORS]]
    detail = "; ".join(f"{e.field}: {e.message}" for e in fields)
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, fields)


def title_of(status: HTTPStatus) -> str:
    """What the status is called, whichever Python runs."""
    return _TITLES.get(status, status.phrase)


def _path(location: Sequence[str | int]) -> str:
    return ".".join(str(part)[:MAX_NAME] for part in location[1:]) or "body"


def _problem(status: HTTPStatus, detail: str, errors: Sequence[FieldError] = ()) -> Problem:
    return Problem(title=title_of(status), status=status, detail=detail, errors=list(errors))


def problem_response(problem: Problem) -> Response:
    return JSONResponse(problem.model_dump(), problem.status, media_type=PROBLEM_JSON)


def openai_response(problem: Problem) -> Response:
    kind = "invalid_request_error" if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    param = problem.errors[0].field if problem.errors else None
    body = OpenAIErrorBody(message=problem.detail, type=kind, param=param)
    return JSONResponse(OpenAIError(error=body).model_dump(), problem.status)
