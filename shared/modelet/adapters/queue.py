"""Queues: the records of an SQS event, all valid ones answered together, the others reported as failed."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelet.errors import InvalidInputError
from modelet.observability import Handler, log_failure, logger, observed, record
from modelet.operation import Operation, Reply
from modelet.snapshot import prepare_snapshot

__all__ = ["Sink", "create_worker", "log_result"]

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


def create_worker(operation: Operation[Request, Any, Any, Response], sink: Sink | None = None) -> Handler:
    """The Lambda handler of a queue whose message bodies are `operation`'s request bodies.

    It returns `batchItemFailures`, for an event source mapping with ReportBatchItemFailures.
    """
    for predictor in operation.predictors:
        predictor.observe = record
    prepare_snapshot(*operation.predictors)
    return observed(_Worker(operation, sink or log_result(operation)), operation.predictor.settings)


class _Worker(Generic[Request, Response]):
    def __init__(self, operation: Operation[Request, Any, Any, Response], sink: Sink) -> None:
        self._operation = operation
        self._sink = sink

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        replies = self._answer(event)

        def handle(record: SQSRecord) -> None:
            outcome = replies[record.message_id]
            if isinstance(outcome, Exception):
                raise outcome
            self._deliver(record.message_id, outcome)

        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        return dict(process_partial_response(event, handle, processor, context))

    def _answer(self, event: dict[str, Any]) -> dict[str, Reply[Response] | Exception]:
        """The reply, or what is wrong, for each message id; one prediction over all valid records."""
        outcomes: dict[str, Reply[Response] | Exception] = {}
        requests: dict[str, Request] = {}
        for message in event.get("Records", []):
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
        try:
            return dict(zip(requests, self._operation.answer_all(list(requests.values())), strict=True))
        except Exception as error:
            log_failure(error)
            return {message_id: self._answer_alone(message_id, request) for message_id, request in requests.items()}

    def _answer_alone(self, message_id: str, request: Request) -> Reply[Response] | Exception:
        """One poisonous record must not fail its neighbours."""
        try:
            return self._operation(request)
        except Exception as error:
            log_failure(error, message_id=message_id)
            return error

    def _deliver(self, message_id: str, reply: Reply[Response]) -> None:
        try:
            self._sink(message_id, reply)
        except Exception as error:
            log_failure(error, message_id=message_id)
            raise


def _reason(error: InvalidInputError | ValidationError) -> str:
    if isinstance(error, InvalidInputError):
        return str(error)
    return "; ".join(f"{_field(e)}: {e['type']}" for e in error.errors(include_input=False)[:MAX_REASONS])


def _field(error: ErrorDetails) -> str:
    """The field's path; a name that the request model does not know is the user's own text."""
    path = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return ".".join(map(str, path)) or "body"
