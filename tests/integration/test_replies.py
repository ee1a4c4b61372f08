"""Workers that are invoked, and the replies that they put into the bucket of results when they are asked to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.splitter.splitting import Splitter
from modelet.batch.ledger import Ledger
from modelet.settings import Settings
from tests.integration.conftest import Post, answer, sqs_event
from workbench.cloud.services import Services, local_services
from workbench.local.child import ChildProcess
from workbench.local.errors import FunctionError
from workbench.local.template import Template, read_document

SECRET = "mail ada.lovelace@example.com"


@pytest.fixture(scope="module")
def services(template: Template) -> Iterator[Services]:
    with local_services(read_document(template.root / "template.yaml")) as services:
        yield services


def worker(template: Template, **variables: str) -> ChildProcess:
    """A worker with more variables than the template gives it."""
    function = template.function("SentimentWorker")
    return ChildProcess(replace(function, environment={**function.environment, **variables}), template.root)


@pytest.fixture(scope="module")
def replying(template: Template, services: Services) -> Iterator[ChildProcess]:
    bucket = services.references["Results"]
    with worker(template, **services.variables, MODELET_REPLIES="true", MODELET_RESULTS_BUCKET=bucket) as child:
        yield child


def replies(services: Services) -> dict[str, tuple[Any, dict[str, str]]]:
    """Content and metadata of the files in the bucket, by key."""
    s3, bucket = services.client("s3"), services.references["Results"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    found = {key: s3.get_object(Bucket=bucket, Key=key) for key in keys}
    return {key: (json.loads(one["Body"].read()), one["Metadata"]) for key, one in found.items()}


def test_a_worker_answers_an_invocation_as_http_would(template: Template, post: Post) -> None:
    body = {"inputs": ["a fine film", "dull " * 300], "parameters": {"top_k": 1}}
    with worker(template) as child:
        assert child.invoke(body).answer == answer(post("/v1/sentiment", body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "body: inputs: missing"),
        ({"inputs": "x", SECRET: SECRET}, "body: body: extra_forbidden"),
        ({"inputs": [SECRET, ""]}, "inputs.1: must not be empty"),
    ],
)
def test_what_is_wrong_with_an_invocation_is_said_without_its_text(
    template: Template, body: dict[str, Any], message: str
) -> None:
    with worker(template) as child:
        with pytest.raises(FunctionError, match=f"InvalidInputError: {message}"):
            child.invoke(body)
        assert "lovelace" not in child.logs()


def test_replies_are_put_once_under_the_message_id(replying: ChildProcess, services: Services, post: Post) -> None:
    event = sqs_event("SentimentQueue", {"inputs": "a fine film"}, {"inputs": ""}, {"inputs": "dull " * 300})
    for _ in range(2):
        assert replying.invoke(event).answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    found = replies(services)
    assert found.keys() == {"_replies/m0.json", "_replies/m2.json"}
    assert found["_replies/m0.json"][0] == answer(post("/v1/sentiment", {"inputs": "a fine film"}))
    assert [found[f"_replies/{name}.json"][1]["truncated"] for name in ("m0", "m2")] == ["false", "true"]
    assert found["_replies/m0.json"][1]["bundle"].startswith("MiniLM-sentiment@")


def test_the_reply_to_an_invocation_has_the_id_of_its_request(replying: ChildProcess, services: Services) -> None:
    before = replies(services).keys()
    invoked = replying.invoke({"inputs": "a fine film"})
    [key] = replies(services).keys() - before
    assert replies(services)[key][0] == invoked.answer
    assert f'"function_request_id":"{key.removeprefix("_replies/").removesuffix(".json")}"' in invoked.logs


def test_replies_without_a_bucket_are_refused_at_init(template: Template) -> None:
    with pytest.raises(FunctionError, match="replies need MODELET_RESULTS_BUCKET"):
        worker(template, MODELET_REPLIES="true", MODELET_RESULTS_BUCKET="")


def test_a_reply_that_cannot_be_put_brings_its_message_again(template: Template, services: Services) -> None:
    variables = {**services.variables, "MODELET_REPLIES": "true", "MODELET_RESULTS_BUCKET": "nobodys"}
    with worker(template, **variables) as child:
        event = sqs_event("SentimentQueue", {"inputs": SECRET})
        assert child.invoke(event).answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
        with pytest.raises(FunctionError, match="could not be answered"):
            child.invoke({"inputs": SECRET})
        assert "lovelace" not in child.logs()


@pytest.fixture
def short(template: Template, services: Services) -> Iterator[ChildProcess]:
    """A worker whose time is up at once: it answers a few rows, and leaves the rest."""
    names = services.references
    found = {
        "MODELET_JOBS_TABLE": names["Jobs"],
        "MODELET_RESULTS_BUCKET": names["Results"],
        "MODELET_PARTS_QUEUE": names["SentimentParts"],
    }
    function = template.function("SentimentWorker")
    environment = {**function.environment, **services.variables, **found}
    with ChildProcess(replace(function, environment=environment, timeout=10), template.root) as child:
        yield child


def planned(services: Services, template: Template, monkeypatch: pytest.MonkeyPatch, key: str) -> tuple[str, Any]:
    """The job of a file of 40 rows and its only part."""
    for name, value in {**services.variables, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    names, s3 = services.references, services.client("s3")
    body = "".join(json.dumps({"id": number, "text": f"Film {number}."}) + "\n" for number in range(40)).encode()
    s3.put_object(Bucket=names["Inputs"], Key=key, Body=body, Metadata={"hold": "true"})
    settings = Settings(jobs_table=names["Jobs"], results_bucket=names["Results"], part_queues="modelet-parts-")
    found = Splitter(settings, template.root / "functions").list_parts(names["Inputs"], key, None)
    [part] = json.loads(s3.get_object(Bucket=found["bucket"], Key=found["key"])["Body"].read())
    return found["job"], part


def test_an_invoked_worker_returns_what_is_left_of_a_part(
    short: ChildProcess, services: Services, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, rest = planned(services, template, monkeypatch, "sentiment/invoked.jsonl")
    times = 0
    while rest is not None:
        rest, times = short.invoke({"part": rest}).answer["rest"], times + 1
    progress = Ledger(services.references["Jobs"], services.client("dynamodb")).progress(job)
    assert (progress.state, progress.rows, progress.parts) == ("succeeded", 40, times)
    assert times > 1


def test_a_worker_sends_what_is_left_of_a_part_to_its_queue(
    short: ChildProcess, services: Services, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, part = planned(services, template, monkeypatch, "sentiment/queued.jsonl")
    sqs, url = services.client("sqs"), services.references["SentimentParts"]
    bodies, times = [json.dumps({"part": part})], 0
    while bodies:
        assert short.invoke(sqs_event("SentimentParts", bodies[0])).answer == {"batchItemFailures": []}
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
        bodies, times = [one["Body"] for one in messages], times + 1
        for one in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    progress = Ledger(services.references["Jobs"], services.client("dynamodb")).progress(job)
    assert (progress.state, progress.rows, progress.parts) == ("succeeded", 40, times)
    assert times > 1


def test_what_the_splitter_refuses_is_in_its_answer_and_not_in_the_log(template: Template, services: Services) -> None:
    names, key = services.references, f"sentiment/{SECRET}.csv"
    services.client("s3").put_object(Bucket=names["Inputs"], Key=key, Body=f"{SECRET},{SECRET}\n1,2\n".encode())
    function = template.function("SplitterWorker")
    found = {"MODELET_JOBS_TABLE": names["Jobs"], "MODELET_RESULTS_BUCKET": names["Results"]}
    environment = {**function.environment, **services.variables, **found}
    with ChildProcess(replace(function, environment=environment), template.root) as child:
        told = child.invoke({"bucket": names["Inputs"], "key": key}).answer
        assert told["state"] == "refused"
        assert SECRET in told["error"]
        with pytest.raises(FunctionError, match="could not be answered"):
            child.invoke({"key": SECRET})
        assert "lovelace" not in child.logs()
