"""Queues: each record of an SQS event on its own; what fails is reported, and its message comes again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from modelet.errors import InvalidInputError, ModeletError
from modelet.observability import Handler, log_failure, observed
from modelet.settings import Settings

__all__ = ["create_consumer", "each", "quiet", "told"]


def create_consumer(
    consume: Callable[[str], None], answer: Callable[[dict[str, Any]], dict[str, Any]], settings: Settings
) -> Handler:
    """The Lambda handler of a queue: `consume` gets each message's body. What it raises brings the message again.

    `answer` gets an event without `Records`, sent by Lambda's Invoke. What it raises is told without its message.
    """

    def handle(message_id: str, body: str) -> None:
        with told(message_id=message_id):
            consume(body)

    def handle_event(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if "Records" in event:
            return each(event, handle, context)
        with quiet():
            return answer(event)

    return observed(handle_event, settings)


def each(event: dict[str, Any], handle: Callable[[str, str], None], context: Any) -> dict[str, Any]:
    """Hand the id and the body of each message to `handle`; those it raises for are `batchItemFailures`."""

    def handle_record(record: SQSRecord) -> None:
        handle(record.message_id, record.body)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event, handle_record, processor, context))


@contextmanager
def told(**context: str) -> Iterator[None]:
    """The log tells of what the block raises."""
    try:
        yield
    except Exception as error:
        log_failure(error, **context)
        raise


@contextmanager
def quiet() -> Iterator[None]:
    """Raise a caller's error as it is, others without a message: Lambda logs it."""
    try:
        yield
    except InvalidInputError:
        raise
    except Exception as error:
        log_failure(error)
        raise ModeletError("the event could not be answered; the log tells why") from None
