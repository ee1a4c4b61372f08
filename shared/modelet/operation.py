"""An operation: one request model answered by one predictor, whichever way the request came in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.inputs import TextOrIds, numbered
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.base import Answered

__all__ = ["Operation", "Reply"]

Request = TypeVar("Request", bound=BaseModel)
Response = TypeVar("Response", bound=BaseModel)
Item = TypeVar("Item")
Answer = TypeVar("Answer", bound=Answered)

_UNITS = {str: "characters", tuple: "token ids"}


@dataclass(frozen=True, slots=True)
class Reply(Generic[Response]):
    """A response, and whether any text of its request was cut."""

    response: Response
    truncated: bool


@dataclass(frozen=True)
class Operation(Generic[Request, Item, Answer, Response]):
    """`items` takes the inputs out of a request, `respond` puts their answers into a response.

    `field` is where a request holds its inputs, as errors name it. `texts` are all texts of a request by their paths,
    where they are not the items themselves. `respond` returns a `Reply` where it knows of other cuts than those of the
    answers. `summary` is what of a response may be logged. `answer_bytes` is about
    what one input adds to the response, to refuse what could not be returned. `others` are the predictors that
    `respond` asks beside `predictor`. `columns` are those that a file's row has its one input in.
    """

    description: str
    request: type[Request]
    response: type[Response]
    field: str
    items: Callable[[Request], list[Item]]
    predictor: Predictor[Item, Answer]
    respond: Callable[[Request, Sequence[Answer]], Response | Reply[Response]]
    summary: Callable[[Response], dict[str, Any]]
    answer_bytes: Callable[[Request], int] = lambda _: 0
    texts: Callable[[Request], Sequence[tuple[str, TextOrIds]]] | None = None
    others: Sequence[Predictor[Any, Any]] = ()
    columns: tuple[str, ...] = ("text",)

    @property
    def predictors(self) -> list[Predictor[Any, Any]]:
        return [self.predictor, *self.others]

    def __call__(self, request: Request) -> Reply[Response]:
        """Answer one request. Raises InvalidInputError or InputTooLargeError naming the field."""
        return self.answer_all([request])[0]

    def validate(self, request: Request) -> None:
        """Check `request` against the limits of this environment, and then whether the model could read its items."""
        items, settings = self.items(request), self.predictor.settings
        texts: Sequence[tuple[str, Any]] = self.texts(request) if self.texts else numbered(self.field, items)
        _check_count(self.field, len(items) or len(texts), settings)
        _check_texts(self.field, texts, settings)
        if (size := len(items) * self.answer_bytes(request)) > settings.max_response_bytes:
            message = f"the answer would take about {size} bytes; at most {settings.max_response_bytes} are returned"
            raise InputTooLargeError(self.field, message)
        for name, item in numbered(self.field, items):
            self.predictor.check(item, name)

    def answer_all(self, requests: Sequence[Request]) -> list[Reply[Response]]:
        """Answer several requests with one prediction over all their inputs."""
        for request in requests:
            self.validate(request)
        groups = [self.items(request) for request in requests]
        answers = iter(self.predictor.predict([item for group in groups for item in group]))
        return [
            self._reply(request, [next(answers) for _ in group])
            for request, group in zip(requests, groups, strict=True)
        ]

    def answer_each(self, requests: Sequence[Request]) -> list[Reply[Response] | Exception]:
        """Answer several requests, or say why one has no answer: where all fail together, each is asked alone."""
        try:
            return [*self.answer_all(requests)]
        except Exception as error:
            return [error] if len(requests) == 1 else [self.answer_each([request])[0] for request in requests]

    def _reply(self, request: Request, answers: Sequence[Answer]) -> Reply[Response]:
        response = self.respond(request, answers)
        if isinstance(response, Reply):
            return response
        return Reply(response, any(answer.truncated for answer in answers))


def _check_count(field: str, count: int, settings: Settings) -> None:
    if not count:
        raise InvalidInputError(field, "must not be empty")
    if count > settings.max_inputs:
        raise InputTooLargeError(field, f"{count} inputs; at most {settings.max_inputs} are taken in one request")


def _check_texts(field: str, texts: Sequence[tuple[str, TextOrIds]], settings: Settings) -> None:
    for name, text in texts:
        if len(text) > settings.max_chars:
            raise InputTooLargeError(name, f"{len(text)} {_UNITS[type(text)]}; at most {settings.max_chars} are taken")
        if flaw := _flaw(text):
            raise InvalidInputError(name, flaw)
    total = sum(len(text) for _, text in texts)
    if total > settings.max_total_chars:
        unit = _UNITS[type(texts[0][1])]
        raise InputTooLargeError(field, f"{total} {unit} in all; at most {settings.max_total_chars} are taken")


def _flaw(text: TextOrIds) -> str | None:
    """Why no tokenizer could read `text`."""
    if not text:
        return "must not be empty"
    if not isinstance(text, str):
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"has half of a surrogate pair at character {error.start}"
    return None
