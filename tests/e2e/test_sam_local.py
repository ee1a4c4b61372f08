"""What `make build` made, in containers of Lambda's image, by AWS's own SAM CLI."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import free_port, listens, running, wait_until
from workbench.local.child import invoke_all
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.template import read_template
from workbench.sam.command import sam_environment, sam_path

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("built")]

TEMPLATE = read_template(ROOT / "template.yaml")
EVENTS = event_paths(ROOT / "events")
HTTP_EVENTS = [path for path in EVENTS if path.name.startswith("http_")]
FIRST_S = 120  # SAM puts the layer into an image before a function's first answer


@pytest.fixture(scope="module")
def expected(bundles: Path) -> dict[str, Any]:
    """What the handlers answer on this machine, by the event's file name."""
    return {one.event: one.answer for one in invoke_all(TEMPLATE, EVENTS)}


@contextmanager
def sam_server(kind: str, folder: Path) -> Iterator[httpx.Client]:
    """`sam local start-api` or `start-lambda`; a function's container starts with its first call and stays."""
    port, log = free_port(), folder / f"{kind}.log"
    command = [str(sam_path(ROOT)), "local", kind, "--skip-pull-image", "--warm-containers=LAZY", f"--port={port}"]
    with running(command, log, sam_environment()):
        wait_until(lambda: listens(port), kind, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=FIRST_S) as client:
            yield client


@pytest.fixture(scope="module")
def api(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with sam_server("start-api", tmp_path_factory.mktemp("sam")) as client:
        yield client


@pytest.fixture(scope="module")
def functions(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with sam_server("start-lambda", tmp_path_factory.mktemp("sam")) as client:
        yield client


@pytest.mark.usefixtures("bundles")
def test_every_event_is_answered_as_by_the_handler_on_this_machine() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "sam-local"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for path in EVENTS:
        assert f" {path.stem} " in done.stdout


@pytest.mark.usefixtures("bundles")
def test_without_an_engine_one_line_says_what_is_missing() -> None:
    command = [sys.executable, "-m", "workbench.cli", "sam-local"]
    environment = os.environ | {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "error: sam local invoke EmbedFunction: " in done.stderr.splitlines()[-1]
    assert "container runtime" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("path", HTTP_EVENTS, ids=lambda path: path.stem)
def test_start_api_answers_each_route(api: httpx.Client, expected: dict[str, Any], path: Path) -> None:
    event = read_event(path)
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    response = api.post(event["rawPath"], content=body, headers={"content-type": event["headers"]["content-type"]})
    answer = expected[path.name]
    assert (response.status_code, response.text) == (answer["statusCode"], answer["body"])
    assert response.headers["x-modelet-bundle"] == answer["headers"]["x-modelet-bundle"]


def test_start_api_refuses_what_no_route_takes(api: httpx.Client) -> None:
    assert api.get("/v1/nothing").status_code == 403  # API Gateway itself: 404


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_start_lambda_answers_each_function(functions: httpx.Client, expected: dict[str, Any], path: Path) -> None:
    function = function_for(read_event(path), TEMPLATE).logical_id
    response = functions.post(f"/2015-03-31/functions/{function}/invocations", content=path.read_bytes())
    assert response.json() == expected[path.name]
