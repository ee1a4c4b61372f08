"""An operation: one request model answered by one predictor, whichever way the request came in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.inputs import TextOrIds
from modelet.predictor import Predictor
from modelet.settings import Settings

__all__ = ["Operation"]

Request = TypeVar("Request", bound=BaseModel)
Response = TypeVar("Response", bound=BaseModel)
Item = TypeVar("Item", bound=TextOrIds)
Answer = TypeVar("Answer")

_UNITS = {str: "characters", tuple: "token ids"}


@dataclass(frozen=True)
class Operation(Generic[Request, Item, Answer, Response]):
    """`items` takes the inputs out of a request, `respond` puts their answers into a response.

    `field` is where a request holds its inputs, as errors name it. `summary` is what of a response may be logged.
    `answer_bytes` is about what one input adds to the response, to refuse what could not be returned.
    """

    request: type[Request]
    field: str
    items: Callable[[Request], list[Item]]
    predictor: Predictor[Item, Answer]
    respond: Callable[[Request, Sequence[Answer]], Response]
    summary: Callable[[Response], dict[str, Any]]
    answer_bytes: Callable[[Request], int] = lambda _: 0

    def __call__(self, request: Request) -> Response:
        """Answer one request. Raises InvalidInputError or InputTooLargeError naming the field."""
        return self.answer_all([request])[0]

    def validate(self, request: Request) -> None:
        """Check the inputs of `request` against the limits of this environment, before any is tokenized."""
        items, settings = self.items(request), self.predictor.settings
        _check(self.field, items, self.predictor.vocabulary, settings)
        if (size := len(items) * self.answer_bytes(request)) > settings.max_response_bytes:
            message = f"the answer would take about {size} bytes; at most {settings.max_response_bytes} are returned"
            raise InputTooLargeError(self.field, message)

    def answer_all(self, requests: Sequence[Request]) -> list[Response]:
        """Answer several requests with one prediction over all their inputs."""
        for request in requests:
            self.validate(request)
        groups = [self.items(request) for request in requests]
        answers = iter(self.predictor.predict([item for group in groups for item in group]))
        return [
            self.respond(request, [next(answers) for _ in group])
            for request, group in zip(requests, groups, strict=True)
        ]


def _check(field: str, items: Sequence[TextOrIds], vocabulary: int, settings: Settings) -> None:
    if not items:
        raise InvalidInputError(field, "must not be empty")
    if len(items) > settings.max_inputs:
        raise InputTooLargeError(field, f"{len(items)} inputs; at most {settings.max_inputs} are taken in one request")
    for index, item in enumerate(items):
        name = f"{field}.{index}" if len(items) > 1 else field
        if len(item) > settings.max_chars:
            raise InputTooLargeError(name, f"{len(item)} {_UNITS[type(item)]}; at most {settings.max_chars} are taken")
        if flaw := _flaw(item, vocabulary):
            raise InvalidInputError(name, flaw)
    total = sum(map(len, items))
    if total > settings.max_total_chars:
        unit = _UNITS[type(items[0])]
        raise InputTooLargeError(field, f"{total} {unit} in all; at most {settings.max_total_chars} are taken")


def _flaw(item: TextOrIds, vocabulary: int) -> str | None:
    """Why no tokenizer or no model could read `item`."""
    if not item:
        return "must not be empty"
    if not isinstance(item, str):
        return None if min(item) >= 0 and max(item) < vocabulary else f"token ids must be in 0..{vocabulary - 1}"
    try:
        item.encode()
    except UnicodeEncodeError as error:
        return f"has half of a surrogate pair at character {error.start}"
    return None
