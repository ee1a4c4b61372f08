"""SQS messages as a function sees them, and what its answer says of them.

The event: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (example standard queue message event). Success
and failure: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from workbench.local.intrinsics import REGION
from workbench.local.payload import REQUEST_LIMIT_BYTES, encoded

__all__ = ["batches", "failed_ids", "to_record"]

Record = dict[str, Any]

_ENVELOPE = len('{"Records":[]}') - 1  # the last record has no comma after it


def to_record(message: Mapping[str, Any], queue_arn: str) -> Record:
    """A record of the event from a message as boto3's `receive_message` returns it."""
    attributes = message.get("MessageAttributes", {})
    digest = {"md5OfMessageAttributes": message["MD5OfMessageAttributes"]} if attributes else {}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        **digest,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """Lists are not implemented by SQS and always empty."""
    if "BinaryValue" in value:
        content = {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    else:
        content = {"stringValue": value["StringValue"]}
    return {**content, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}


def batches(records: Iterable[Record], limit: int = REQUEST_LIMIT_BYTES) -> Iterator[list[Record]]:
    """The records in events of less than `limit` bytes, in order; one that is larger has an event of its own."""
    batch: list[Record] = []
    size = _ENVELOPE
    for record in records:
        length = len(encoded(record)) + 1
        if batch and size + length >= limit:
            yield batch
            batch, size = [], _ENVELOPE
        batch.append(record)
        size += length
    if batch:
        yield batch


def failed_ids(answer: Any, ids: Set[str]) -> Set[str]:
    """Which of a batch's message ids are to come again by the function's `batchItemFailures`.

    None if there is no such list. Raises ValueError, which fails the whole batch, if the answer is no object, or the
    list is not one of identifiers, or names what is not in the batch.
    """
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        raise ValueError("batchItemFailures: the answer is no JSON object")
    try:
        failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []}
    except (KeyError, TypeError):
        raise ValueError('batchItemFailures: expected a list of {"itemIdentifier": ...}') from None
    if unknown := [repr(one) for one in failed - ids]:
        raise ValueError(f"batchItemFailures: {min(unknown)} is no message of the batch")
    return failed
