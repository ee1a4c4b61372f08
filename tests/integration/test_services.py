"""The template's queues, buckets and tables on moto, over HTTP, as boto3 and a function's environment see them."""

import json
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest

from workbench.cloud.services import Services, local_services
from workbench.local.errors import TemplateError
from workbench.local.template import read_document, read_template

TEMPLATE = """
Parameters:
  Receives: {Type: Number, Default: 3}
  Archive: {Type: String, Default: "no"}
Conditions:
  HasArchive: !Equals [!Ref Archive, "yes"]
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Environment:
        Variables: {QUEUE: !Ref Jobs, ARN: !GetAtt Jobs.Arn, BUCKET: !Ref Files, TABLE: !Sub "${Results}!"}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1800
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: !Ref Receives}
  Dead: {Type: AWS::SQS::Queue}
  Archived: {Type: AWS::SQS::Queue, Condition: HasArchive}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: "sqs:SendMessage", Resource: "*"}]
  Files:
    Type: AWS::S3::Bucket
    DependsOn: JobsPolicy
    Properties:
      NotificationConfiguration:
        QueueConfigurations:
          - Event: s3:ObjectCreated:*
            Queue: !GetAtt Jobs.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
  Results:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


@pytest.fixture
def services(path: Path) -> Iterator[Services]:
    with local_services(read_document(path)) as services:
        yield services
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(services.endpoint).port or 0))


def receive(services: Services, queue: str) -> list[dict[str, Any]]:
    url = services.references[queue]
    messages: list[dict[str, Any]] = services.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
    return messages


def test_a_queue_has_the_templates_properties(services: Services) -> None:
    sqs, url = services.client("sqs"), services.references["Jobs"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "1800"
    redrive = {"deadLetterTargetArn": services.references["Dead.Arn"], "maxReceiveCount": 3}
    assert json.loads(attributes["RedrivePolicy"]) == redrive
    assert url.startswith(services.endpoint)


def test_a_profile_of_the_caller_is_not_looked_for(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert len(services.client("sqs").list_queues()["QueueUrls"]) == 2


def test_a_function_is_told_the_real_names(services: Services, path: Path) -> None:
    (reader,) = read_template(path, services.references).functions
    assert reader.environment["QUEUE"] == services.references["Jobs"]
    assert reader.environment["ARN"].startswith("arn:aws:sqs:us-east-1:123456789012:modelet-Jobs-")
    services.client("s3").head_bucket(Bucket=reader.environment["BUCKET"])
    services.client("dynamodb").describe_table(TableName=reader.environment["TABLE"].removesuffix("!"))


def test_what_a_condition_leaves_out_is_not_made(services: Services) -> None:
    assert "Archived" not in services.references
    assert len(services.client("sqs").list_queues()["QueueUrls"]) == 2


def test_a_bucket_tells_its_queue_of_new_objects(services: Services) -> None:
    s3, bucket = services.client("s3"), services.references["Files"]
    (test,) = receive(services, "Jobs")
    assert json.loads(test["Body"])["Event"] == "s3:TestEvent"
    for key in ("out/a.csv", "in/b c.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    (message,) = receive(services, "Jobs")
    (record,) = json.loads(message["Body"])["Records"]
    assert record["s3"]["bucket"]["name"] == bucket
    assert unquote_plus(record["s3"]["object"]["key"]) == "in/b c.csv"


def test_a_table_refuses_a_second_first_write(services: Services) -> None:
    dynamodb = services.client("dynamodb")
    item = {"TableName": services.references["Results"], "Item": {"id": {"S": "a"}}}
    dynamodb.put_item(**item, ConditionExpression="attribute_not_exists(id)")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**item, ConditionExpression="attribute_not_exists(id)")


def test_another_visibility_timeout_is_for_every_queue(path: Path) -> None:
    with local_services(read_document(path), visibility_timeout=2) as services:
        sqs = services.client("sqs")
        for url in sqs.list_queues()["QueueUrls"]:
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
            assert found == {"VisibilityTimeout": "2"}


def test_what_cannot_be_made_is_told(path: Path) -> None:
    document = read_document(path)
    del document["Resources"]["Dead"]
    with pytest.raises(TemplateError, match=r"cannot make the template's resources: .*Dead"), local_services(document):
        pass


@pytest.mark.parametrize("kind", ["LambdaConfigurations", "TopicConfigurations"])
def test_a_bucket_tells_queues_only(path: Path, kind: str) -> None:
    document = read_document(path)
    document["Resources"]["Files"]["Properties"]["NotificationConfiguration"] = {kind: []}
    message = f"Files.NotificationConfiguration.{kind} is not supported locally"
    with pytest.raises(TemplateError, match=message), local_services(document):
        pass


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads that take turns so often that whatever can overlap does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_many_clients_at_once_lose_and_double_nothing(path: Path) -> None:
    with local_services(read_document(path)) as services:
        sqs, url = services.client("sqs"), services.references["Dead"]

        def send(number: int) -> None:
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

        def take(_: int) -> list[str]:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3, WaitTimeSeconds=1).get("Messages", [])
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return [message["Body"] for message in messages]

        with ThreadPoolExecutor(4) as senders, ThreadPoolExecutor(6) as takers:
            taken = takers.map(take, range(60))
            list(senders.map(send, range(100)))
            bodies = [body for one in taken for body in one]
    assert sorted(bodies, key=int) == [str(number) for number in range(100)]
