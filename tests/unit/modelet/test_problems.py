"""One table of errors and statuses, in two shapes."""

import json
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from modelet import errors
from modelet.adapters.problems import (
    MalformedBodyError,
    UnsupportedMediaTypeError,
    openai_response,
    problem_of,
    problem_response,
)

WRONG_FIELDS = RequestValidationError([{"type": "missing", "loc": ("body", "input", 3), "msg": "Field required"}])


def wrapped(cause: Exception) -> HTTPException:
    error = HTTPException(400, "There was an error parsing the body")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status", "field"),
    [
        (errors.InvalidInputError("input.3", "must not be empty"), 422, "input.3"),
        (errors.InputTooLargeError("input", "too many"), 413, "input"),
        (UnsupportedMediaTypeError("content-type", "must be JSON"), 415, "content-type"),
        (MalformedBodyError("body", "is not JSON"), 400, "body"),
        (wrapped(MalformedBodyError("body", "is not JSON")), 400, "body"),
        (WRONG_FIELDS, 422, "input.3"),
        (RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}]), 422, "body"),
        (HTTPException(404), 404, None),
        (HTTPException(405), 405, None),
        (errors.BundleError("secret path"), 500, None),
        (RuntimeError("secret text"), 500, None),
        (wrapped(RuntimeError("secret text")), 400, None),
    ],
)
def test_every_error_has_its_status_and_field(error: Exception, status: int, field: str | None) -> None:
    problem = problem_of(error)
    assert problem.status == status
    assert [one.field for one in problem.errors] == ([field] if field else [])
    assert "secret" not in problem.model_dump_json()


def body(response: Any) -> Any:
    return json.loads(bytes(response.body))


def test_rfc_9457() -> None:
    response = problem_response(problem_of(errors.InvalidInputError("inputs.1", "must not be empty")))
    assert response.status_code == 422
    assert response.media_type == "application/problem+json"
    assert body(response) == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "inputs.1: must not be empty",
        "errors": [{"field": "inputs.1", "message": "must not be empty"}],
    }


@pytest.mark.parametrize(
    ("error", "kind", "param"),
    [(WRONG_FIELDS, "invalid_request_error", "input.3"), (RuntimeError(), "server_error", None)],
)
def test_openais_shape(error: Exception, kind: str, param: str | None) -> None:
    response = openai_response(problem_of(error))
    assert response.media_type == "application/json"
    assert body(response)["error"] | {"message": ""} == {"message": "", "type": kind, "param": param, "code": None}


def test_a_problem_quotes_little_of_a_request() -> None:
    loc = ("body", "n" * 10_000)
    problem = problem_of(RequestValidationError([{"type": "x", "loc": loc, "msg": "Extra inputs"}] * 1000))
    assert len(problem.model_dump_json()) < 5000
