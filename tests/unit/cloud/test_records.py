from typing import Any

import pytest

from workbench.cloud.records import batches, failed_ids, to_record
from workbench.local.payload import request_payload

ARN = "arn:aws:sqs:us-east-1:123456789012:jobs"
MESSAGE = {
    "MessageId": "m1",
    "ReceiptHandle": "r1",
    "Body": "Grüße",
    "MD5OfBody": "d41d8cd9",
    "Attributes": {"ApproximateReceiveCount": "1"},
}


def test_a_message_becomes_the_record_that_lambda_makes() -> None:
    assert to_record(MESSAGE, ARN) == {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": "Grüße",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": "d41d8cd9",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "us-east-1",
    }


def test_message_attributes_are_text_or_base64() -> None:
    attributes = {
        "tenant": {"StringValue": "a", "DataType": "String"},
        "key": {"BinaryValue": b"\x00\xff", "DataType": "Binary"},
    }
    record = to_record(MESSAGE | {"MessageAttributes": attributes, "MD5OfMessageAttributes": "5d41"}, ARN)
    empty: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"] == {
        "tenant": {"stringValue": "a", "dataType": "String", **empty},
        "key": {"binaryValue": "AP8=", "dataType": "Binary", **empty},
    }
    assert record["md5OfMessageAttributes"] == "5d41"


def test_an_event_is_as_full_as_its_limit_allows() -> None:
    records = [{"messageId": str(index), "body": "ü"} for index in range(7)]
    three = len(request_payload("f", {"Records": records[:3]}))
    assert list(batches(records, three + 1)) == [records[:3], records[3:6], records[6:]]
    assert list(batches(records, three)) == [records[:2], records[2:4], records[4:6], records[6:]]
    assert list(batches(records, 10)) == [[record] for record in records]
    assert list(batches([])) == []


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"statusCode": 200}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "b"}]}, {"b"}),
    ],
)
def test_what_an_answer_says_of_its_batch(answer: Any, failed: set[str]) -> None:
    assert failed_ids(answer, {"a", "b"}) == failed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, "'' is no message of the batch"),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, "None is no message of the batch"),
        ({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "x"}]}, "'x' is no message of the batch"),
        ({"batchItemFailures": [{"itemIdentifier": ["b"]}]}, "expected a list"),
        ({"batchItemFailures": [{"messageId": "b"}]}, "expected a list"),
        ({"batchItemFailures": ["b"]}, "expected a list"),
        ({"batchItemFailures": "b"}, "expected a list"),
        ({"batchItemFailures": {"itemIdentifier": "b"}}, "expected a list"),
        ({"batchItemFailures": 1}, "expected a list"),
        ("ok", "the answer is no JSON object"),
        (["b"], "the answer is no JSON object"),
    ],
)
def test_an_answer_that_fails_its_batch(answer: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^batchItemFailures: {message}"):
        failed_ids(answer, {"a", "b"})
