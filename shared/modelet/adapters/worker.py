"""Workers: requests and parts of batch jobs by queue, and requests by invocation."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

from modelet.adapters.queue import each, quiet, told
from modelet.adapters.replies import Sink, sink_of
from modelet.batch.jobs import PART_MESSAGE, Part
from modelet.errors import InvalidInputError
from modelet.observability import Handler, log_failure, logger, observed, record
from modelet.operation import Operation, Reply
from modelet.snapshot import prepare_snapshot

if TYPE_CHECKING:
    from modelet.batch.answering import PartWorker

__all__ = ["create_worker"]

Request = TypeVar("Request", bound=BaseModel)
Response = TypeVar("Response", bound=BaseModel)
Asked = TypeVar("Asked", bound=BaseModel)

MAX_REASONS = 10  # a log line names no more wrong fields than this


def create_worker(
    operation: Operation[Request, Any, Any, Response],
    sink: Sink | None = None,
    rows: Operation[Any, Any, Any, Any] | None = None,
) -> Handler:
    """The Lambda handler of queues whose message bodies are `operation`'s request bodies, or name parts of batch jobs.

    `rows` answers the rows of those, where that is another operation. The handler returns `batchItemFailures`, for an
    event source mapping with ReportBatchItemFailures. An event without `Records` is such a body itself, sent by
    Lambda's Invoke: the handler returns the answer, and raises InvalidInputError where HTTP answers a problem; of a
    part it returns the `rest` that is still to be answered, or null.
    """
    for predictor in operation.predictors:
        predictor.observe = record
    prepare_snapshot(*operation.predictors)
    return observed(_Worker(operation, sink or sink_of(operation), rows or operation), operation.predictor.settings)


class _Worker(Generic[Request, Response]):
    def __init__(
        self, operation: Operation[Request, Any, Any, Response], sink: Sink, rows: Operation[Any, Any, Any, Any]
    ) -> None:
        self._operation = operation
        self._sink = sink
        self.rows = rows

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        if "Records" not in event:
            return self._invoke(event, context)
        parts = {one["messageId"]: part for one in event["Records"] if (part := _part_of(one["body"]))}
        replies = self._answer([one for one in event["Records"] if one["messageId"] not in parts])

        def handle(message_id: str, _: str) -> None:
            if message_id in parts:
                self._work(message_id, parts[message_id], context)
            else:
                self._deliver(message_id, replies[message_id])

        return each(event, handle, context)

    def _invoke(self, body: Mapping[str, Any], context: Any) -> Any:
        """What an invocation returns: the answer to a request, or what is left of a part."""
        with quiet():
            if "part" in body:
                rest = self._part_worker(_asked(_PartMessage, body).part, _remaining(context))
                return {"rest": rest and rest.model_dump()}
            reply = self._operation(_asked(self._operation.request, body))
            self._sink(context.aws_request_id, reply)
            return to_jsonable_python(reply.response, inf_nan_mode="null")

    def _work(self, message_id: str, part: Part, context: Any) -> None:
        with told(message_id=message_id):
            if rest := self._part_worker(part, _remaining(context)):
                self._part_worker.send(rest)

    @cached_property
    def _part_worker(self) -> "PartWorker":
        from modelet.batch.answering import PartWorker  # boto3 takes a tenth of a second, which requests need not wait

        return PartWorker(self.rows, self._operation.predictor.settings)

    def _answer(self, records: Sequence[dict[str, Any]]) -> dict[str, Reply[Response] | Exception]:
        """The reply, or what is wrong, for each message id; one prediction over all valid records."""
        outcomes: dict[str, Reply[Response] | Exception] = {}
        requests: dict[str, Request] = {}
        for message in records:
            try:
                requests[message["messageId"]] = self._parse(message["body"])
            except (InvalidInputError, ValidationError) as error:
                outcomes[message["messageId"]] = error
                logger.warning("refused", extra={"message_id": message["messageId"], "reason": _reason(error)})
        return outcomes | self._answer_valid(requests)

    def _parse(self, body: str) -> Request:
        request = self._operation.request.model_validate_json(body)
        self._operation.validate(request)
        return request

    def _answer_valid(self, requests: dict[str, Request]) -> dict[str, Reply[Response] | Exception]:
        outcomes = dict(zip(requests, self._operation.answer_each(list(requests.values())), strict=True))
        for message_id, outcome in outcomes.items():
            if isinstance(outcome, Exception):
                log_failure(outcome, message_id=message_id)
        return outcomes

    def _deliver(self, message_id: str, outcome: Reply[Response] | Exception) -> None:
        if isinstance(outcome, Exception):
            raise outcome
        with told(message_id=message_id):
            self._sink(message_id, outcome)


class _PartMessage(BaseModel):
    part: Part


def _part_of(body: str) -> Part | None:
    """The part that a message asks for, if it is none of the requests, which have no such field."""
    try:
        return _PartMessage.model_validate_json(body).part if body.startswith(PART_MESSAGE) else None
    except ValidationError:
        return None


def _asked(model: type[Asked], body: Mapping[str, Any]) -> Asked:
    """The body as `model`. Raises InvalidInputError."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidInputError("body", _reason(error)) from None


def _remaining(context: Any) -> Callable[[], float]:
    """Seconds that this invocation has left."""
    return lambda: context.get_remaining_time_in_millis() / 1000


def _reason(error: InvalidInputError | ValidationError) -> str:
    if isinstance(error, InvalidInputError):
        return str(error)
    return "; ".join(f"{_field(e)}: {e['type']}" for e in error.errors(include_input=False)[:MAX_REASONS])


def _field(error: ErrorDetails) -> str:
    """The field's path; a name that the request model does not know is the user's own text."""
    path = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return ".".join(map(str, path)) or "body"
