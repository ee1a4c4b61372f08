"""`modelet serve` as a user starts it, until Ctrl-C: every event, the pages beside the routes, the limits."""

import base64
import re
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from workbench.local.gateway import bundle_name
from workbench.local.routing import event_paths, read_event
from workbench.local.template import read_template

EVENTS = [path for path in event_paths(ROOT / "events") if path.name.startswith("http_")]


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_http_event_is_answered(url: str, path: Path) -> None:
    event = read_event(path)
    content_type = {"content-type": event["headers"]["content-type"]}
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    response = httpx.post(f"{url}{event['rawPath']}", content=body, headers=content_type)
    assert response.status_code == (422 if "invalid" in path.stem else 200)
    assert "@" in response.headers["x-modelet-bundle"]


def test_health_names_the_bundles(url: str) -> None:
    template = read_template(ROOT / "template.yaml")
    bundles = {function.logical_id: bundle_name(function, ROOT) for function in template.http_functions}
    assert bundles["EmbedFunction"] == "all-MiniLM-L6-v2@1.0.0"
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
