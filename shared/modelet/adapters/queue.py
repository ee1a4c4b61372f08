"""Queues: the records of an SQS event, all valid ones answered together, the others reported as failed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelet.batch.jobs import PART_MESSAGE, Part
from modelet.errors import InvalidInputError
from modelet.observability import Handler, log_failure, logger, observed, record
from modelet.operation import Operation, Reply
from modelet.settings import Settings
from modelet.snapshot import prepare_snapshot

__all__ = ["Sink", "create_consumer", "create_worker", "log_result"]

Request = TypeVar("Request", bound=BaseModel)
Response = TypeVar("Response", bound=BaseModel)
Sink = Callable[[str, Reply[Any]], None]

MAX_REASONS = 10  # a log line names no more wrong fields than this


def log_result(operation: Operation[Any, Any, Any, Any]) -> Sink:
    """A sink that logs what of a reply may be logged, under the message id."""

    def sink(message_id: str, reply: Reply[Any]) -> None:
        about = {"message_id": message_id, "bundle": operation.predictor.manifest.id, "truncated": reply.truncated}
        logger.info("answered", extra={**about, **operation.summary(reply.response)})

    return sink


def create_worker(
    operation: Operation[Request, Any, Any, Response],
    sink: Sink | None = None,
    rows: Operation[Any, Any, Any, Any] | None = None,
) -> Handler:
    """The Lambda handler of queues whose message bodies are `operation`'s request bodies, or name parts of batch jobs.

    `rows` answers the rows of those, where that is another operation. The handler returns `batchItemFailures`, for an
    event source mapping with ReportBatchItemFailures.
    """
    for predictor in operation.predictors:
        predictor.observe = record
    prepare_snapshot(*operation.predictors)
    return observed(_Worker(operation, sink or log_result(operation), rows or operation), operation.predictor.settings)


def create_consumer(consume: Callable[[str], None], settings: Settings) -> Handler:
    """The Lambda handler of a queue: `consume` gets each message's body. What it raises brings the message again."""

    def handle(record: SQSRecord) -> None:
        with _told(record.message_id):
            consume(record.body)

    return observed(lambda event, context: _each(event, handle, context), settings)


@contextmanager
def _told(message_id: str) -> Iterator[None]:
    """The log tells of what the block raises."""
    try:
        yield
    except Exception as error:
        log_failure(error, message_id=message_id)
        raise


def _each(event: dict[str, Any], handle: Callable[[SQSRecord], None], context: Any) -> dict[str, Any]:
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event, handle, processor, context))


class _Worker(Generic[Request, Response]):
    def __init__(
        self, operation: Operation[Request, Any, Any, Response], sink: Sink, rows: Operation[Any, Any, Any, Any]
    ) -> None:
        self._operation = operation
        self._sink = sink
        self.rows = rows

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        parts = {one["messageId"]: part for one in event.get("Records", []) if (part := _part(one["body"]))}
        replies = self._answer([one for one in event.get("Records", []) if one["messageId"] not in parts])

        def handle(record: SQSRecord) -> None:
            if record.message_id in parts:
                self._work(record.message_id, parts[record.message_id], context)
                return
            outcome = replies[record.message_id]
            if isinstance(outcome, Exception):
                raise outcome
            self._deliver(record.message_id, outcome)

        return _each(event, handle, context)

    def _work(self, message_id: str, part: Part, context: Any) -> None:
        with _told(message_id):
            self._part_worker(part, lambda: context.get_remaining_time_in_millis() / 1000)

    @cached_property
    def _part_worker(self) -> Callable[[Part, Callable[[], float]], None]:
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

    def _deliver(self, message_id: str, reply: Reply[Response]) -> None:
        with _told(message_id):
            self._sink(message_id, reply)


class _PartMessage(BaseModel):
    part: Part


def _part(body: str) -> Part | None:
    """The part that a message asks for, if it is none of the requests, which have no such field."""
    try:
        return _PartMessage.model_validate_json(body).part if body.startswith(PART_MESSAGE) else None
    except ValidationError:
        return None


def _reason(error: InvalidInputError | ValidationError) -> str:
    if isinstance(error, InvalidInputError):
        return str(error)
    return "; ".join(f"{_field(e)}: {e['type']}" for e in error.errors(include_input=False)[:MAX_REASONS])


def _field(error: ErrorDetails) -> str:
    """The field's path; a name that the request model does not know is the user's own text."""
    path = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return ".".join(map(str, path)) or "body"
