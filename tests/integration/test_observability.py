"""What a function logs, whatever the environment asks of Powertools."""

import json

import pytest

from tests.integration.conftest import Post, answer, http_event, sqs_event
from workbench.local.bootstrap import LambdaContext
from workbench.local.child import ChildProcess
from workbench.local.template import Template

SECRET = "Mail ada.lovelace@example.com"


def test_the_event_is_not_logged_even_if_powertools_is_told_to(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    with ChildProcess(template.function("RedactFunction"), template.root) as child:
        logs = child.invoke(http_event(template, "/v1/redact", {"inputs": SECRET})).logs
    assert "lovelace" not in logs
    assert "Tokens" in logs


def test_metrics_are_the_sums_of_each_call(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_CACHE_BYTES", "0")
    asked = {"inputs": ["a", "b c"]}
    with ChildProcess(template.function("EmbedFunction"), template.root) as child:
        logs = child.invoke(http_event(template, "/v1/features", asked), repeat=1).logs
    first, second = (json.loads(line) for line in logs.splitlines() if "CloudWatchMetrics" in line)
    assert (first["service"], first["ColdStart"], first["Failures"]) == ("embed", 1, 0)
    assert (second["Inputs"], second["Tokens"], second["CacheHits"]) == (2, 7, 0)
    assert "ColdStart" not in second
    [directive] = second["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("modelet", [["service"]])
    assert {metric["Name"] for metric in directive["Metrics"]} == second.keys() - {"_aws", "service"}


def test_metrics_that_are_disabled_are_not_logged(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_METRICS", "false")
    with ChildProcess(template.function("EmbedFunction"), template.root) as child:
        assert "CloudWatchMetrics" not in child.invoke(http_event(template, "/v1/features", {"inputs": "a"})).logs


@pytest.mark.usefixtures("bundles")
def test_a_sink_that_fails_names_its_message(caplog: pytest.LogCaptureFixture) -> None:
    from functions.embed.service import embeddings
    from modelet.adapters.worker import create_worker

    def broken(message_id: str, response: object) -> None:
        raise ConnectionError(SECRET)

    names = ("FUNCTION_NAME", "FUNCTION_VERSION", "FUNCTION_MEMORY_SIZE", "LOG_GROUP_NAME", "LOG_STREAM_NAME")
    context = LambdaContext({f"AWS_LAMBDA_{name}": "0" for name in names} | {"AWS_REGION": "eu-north-1"}, 60)
    reply = create_worker(embeddings, broken)(sqs_event("queue", {"input": "a"}), context)
    assert reply == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    [logged] = [vars(entry) for entry in caplog.records if entry.message == "unexpected failure"]
    assert (logged["message_id"], logged["error"]) == ("m0", "ConnectionError")
    assert SECRET not in str(logged)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/embeddings", {"input": ["a"] * 2048, "encoding_format": "base64"}, 200),
        ("/v1/embeddings", {"input": ["a"] * 2048}, 413),
        ("/v1/features", {"inputs": ["a"] * 2048}, 413),
    ],
)
def test_an_answer_that_could_not_be_returned_is_refused_at_its_inputs(
    post: Post, path: str, body: dict[str, object], status: int
) -> None:
    response = post(path, body)
    assert response.status == status
    assert status == 200 or "answer would take about" in json.dumps(answer(response))
