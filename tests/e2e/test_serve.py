"""`modelet serve` as a user starts it, answered to by the official clients, unchanged, until Ctrl-C."""

import base64
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.e2e.conftest import free_port
from workbench.local.routing import event_paths, read_event

ROOT = Path(__file__).parents[2]
EVENTS = [path for path in event_paths(ROOT / "events") if path.name.startswith("http_")]
GOLDEN = json.loads((ROOT / "tests" / "data" / "golden_embeddings.json").read_text("utf-8"))["items"][:3]
TEXTS = [item["text"] for item in GOLDEN]
VECTORS = np.array([item["embedding"] for item in GOLDEN])


@pytest.fixture(scope="module")
def url(bundles: Path) -> Iterator[str]:
    """The address of a gateway, which must end in peace at SIGINT and leave its port free."""
    port = free_port()
    command = [sys.executable, "-u", "-m", "workbench.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=bundles, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            greeting = next((line for line in process.stdout if "Listening on" in line), "")
            assert f"http://127.0.0.1:{port} " in greeting
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGINT)
            log, _ = process.communicate(timeout=15)
            assert process.returncode == 0
            assert "Traceback" not in log
            socket.create_server(("127.0.0.1", port)).close()
        finally:
            process.kill()


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def assert_golden(found: object) -> None:
    vectors = np.array(found)
    assert vectors.shape == VECTORS.shape
    assert (vectors * VECTORS).sum(axis=1).min() > 0.99


@pytest.mark.parametrize("encoding_format", ["float", openai.omit])  # without it the client asks for base64
def test_openai_gets_embeddings_of_strings(client: openai.OpenAI, encoding_format: Any) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS, encoding_format=encoding_format)
    assert_golden([item.embedding for item in answer.data])
    assert answer.model == "all-MiniLM-L6-v2@1.0.0"
    assert answer.usage.prompt_tokens == sum(len(item["input_ids"]) for item in GOLDEN)


def test_openai_gets_an_embedding_of_one_string(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS[0], user="someone", encoding_format="float")
    assert len(answer.data) == 1
    assert len(answer.data[0].embedding) == 384


def test_openai_gets_embeddings_of_token_ids(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=[item["input_ids"] for item in GOLDEN])
    assert_golden([item.embedding for item in answer.data])
    one = client.embeddings.create(model="any", input=GOLDEN[0]["input_ids"])
    assert one.data[0].embedding == answer.data[0].embedding


def test_openai_gets_base64_as_it_is(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS[0], encoding_format="base64")
    assert isinstance(answer.data[0].embedding, str)


def test_openai_understands_our_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.embeddings.create(model="any", input=["a", ""])
    assert caught.value.param == "input.1"
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("options", [{}, {"normalize": True, "truncate": True, "truncation_direction": "right"}])
def test_hugging_face_gets_features(url: str, options: dict[str, Any]) -> None:
    client = InferenceClient(model=f"{url}/v1/features")
    assert_golden(client.feature_extraction(TEXTS, **options))
    one = client.feature_extraction(TEXTS[0])
    assert (one.shape, one.dtype) == ((1, 384), np.float32)


def test_hugging_face_understands_our_errors(url: str) -> None:
    with pytest.raises(HfHubHTTPError, match="422"):
        InferenceClient(model=f"{url}/v1/features").feature_extraction("")


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_http_event_is_answered(url: str, path: Path) -> None:
    event = read_event(path)
    content_type = {"content-type": event["headers"]["content-type"]}
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    response = httpx.post(f"{url}{event['rawPath']}", content=body, headers=content_type)
    assert response.status_code == (422 if "invalid" in path.stem else 200)
    assert "@" in response.headers["x-modelet-bundle"]


def test_health_names_the_bundles(url: str) -> None:
    bundles = {"EmbedFunction": "all-MiniLM-L6-v2@1.0.0", "RedactFunction": "rampart@1.4.0"}
    assert httpx.get(f"{url}/health").json() == {"status": "ok", "functions": bundles}


def test_docs_show_the_committed_document(url: str) -> None:
    page = httpx.get(f"{url}/docs").text
    assert "/openapi.json" in page
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert httpx.get(f"{url}{asset}").status_code == 200
    assert httpx.get(f"{url}/openapi.json").text == (ROOT / "docs" / "openapi.json").read_text("utf-8")


def test_ten_megabytes_are_refused(url: str) -> None:
    response = httpx.post(f"{url}/v1/embeddings", json={"input": "text " * 2_100_000}, timeout=30)
    assert response.status_code == 413
