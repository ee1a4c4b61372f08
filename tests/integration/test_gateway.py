import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.local.errors import FunctionError, LocalError, PortInUseError
from workbench.local.gateway import create_gateway
from workbench.local.http_api import MAX_PAYLOAD_BYTES
from workbench.local.server import listen
from workbench.local.template import Function, Template, read_template

_ROOT = Path(__file__).parents[2]


class Recorder:
    """An executor that keeps its events and answers what it is told to."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.answer: Any = {"statusCode": 201, "headers": {"X-Kind": "echo"}, "cookies": ["a=1", "b=2"], "body": "{}"}

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        self.events.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def template(project: Path) -> Template:
    return read_template(project / "template.yaml")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def _send(template: Template, recorder: Recorder, method: str, url: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(create_gateway(template, recorder))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, url, **options)

    return asyncio.run(send())


def test_a_request_becomes_an_event_and_the_result_a_response(template: Template, recorder: Recorder) -> None:
    response = _send(template, recorder, "POST", "/v1/echo?a=1&a=2", json={"text": "Grüße"})
    assert (response.status_code, response.text) == (201, "{}")
    assert (response.headers["x-kind"], response.headers["content-type"]) == ("echo", "text/plain;charset=UTF-8")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    (event,) = recorder.events
    assert (event["routeKey"], event["rawQueryString"]) == ("POST /v1/echo", "a=1&a=2")
    assert json.loads(event["body"]) == {"text": "Grüße"}


def test_a_path_variable_is_decoded(template: Template, recorder: Recorder) -> None:
    _send(template, recorder, "DELETE", "/v1/things/a%2Fb")
    (event,) = recorder.events
    assert (event["routeKey"], event["pathParameters"]) == ("ANY /v1/things/{id}", {"id": "a/b"})
    assert event["rawPath"] == "/v1/things/a/b"


@pytest.mark.parametrize(("method", "url"), [("GET", "/v1/echo"), ("POST", "/v1/echo/"), ("POST", "/"), ("GET", "/x")])
def test_what_has_no_route_is_not_found(template: Template, recorder: Recorder, method: str, url: str) -> None:
    response = _send(template, recorder, method, url)
    assert (response.status_code, response.text) == (404, '{"message":"Not Found"}')
    assert not recorder.events


def test_a_body_over_the_limit_never_reaches_the_function(template: Template, recorder: Recorder) -> None:
    assert _send(template, recorder, "POST", "/v1/echo", content=b"x" * MAX_PAYLOAD_BYTES).status_code == 201
    response = _send(template, recorder, "POST", "/v1/echo", content=b"x" * (MAX_PAYLOAD_BYTES + 1))
    assert (response.status_code, response.text) == (413, '{"message":"Request Entity Too Large"}')
    assert len(recorder.events) == 1


@pytest.mark.parametrize("answer", [FunctionError("F", "ValueError", "secret"), {"statusCode": "broken"}])
def test_a_failing_function_is_a_server_error_without_details(
    template: Template, recorder: Recorder, answer: Any
) -> None:
    recorder.answer = answer
    response = _send(template, recorder, "POST", "/v1/echo")
    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')


def test_health_names_functions_and_bundles(template: Template, recorder: Recorder) -> None:
    functions = _send(template, recorder, "GET", "/health").json()["functions"]
    assert functions == {"EchoFunction": None}
    bundle = template.root / "echo_service" / "model"
    bundle.mkdir()
    (bundle / "manifest.json").write_text('{"name": "echo", "version": "1.0"}')
    functions = _send(template, recorder, "GET", "/health").json()["functions"]
    assert functions == {"EchoFunction": "echo@1.0"}


def test_swagger_ui_needs_no_other_host(template: Template, recorder: Recorder) -> None:
    page = _send(template, recorder, "GET", "/docs").text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(assets) == 3
    assert all(_send(template, recorder, "GET", asset).status_code == 200 for asset in assets)
    assert "/openapi.json" in page
    assert _send(template, recorder, "GET", "/openapi.json").json() == {"openapi": "3.1.0"}


def test_a_missing_openapi_document_is_told(template: Template, recorder: Recorder) -> None:
    (template.root / "docs" / "openapi.json").unlink()
    with pytest.raises(LocalError, match="run `modelet openapi`"):
        create_gateway(template, recorder)


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUseError, match="is taken"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_cannot_be_had_is_told() -> None:
    with pytest.raises(LocalError, match=r"cannot listen on 192\.0\.2\.1:0"):
        listen("192.0.2.1", 0)


def test_small_answers_do_not_wait_for_nagle() -> None:
    with listen("127.0.0.1", 0) as server:
        assert server.proto == socket.IPPROTO_TCP


@pytest.fixture
def server(project: Path) -> Iterator[subprocess.Popen[str]]:
    code = "import sys; from pathlib import Path; from workbench.local.server import serve"
    run = "serve(port=0, template_path=Path(sys.argv[1]))"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{code}; {run}", str(project / "template.yaml")],
        env=os.environ | {"PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_serve_until_ctrl_c(server: subprocess.Popen[str]) -> None:
    assert server.stdout
    greeting = iter(server.stdout.readline, "")
    url = next(found[0] for line in greeting if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    with httpx.Client(base_url=url) as client:
        assert client.post("/v1/echo", json={}).status_code == 201
        assert client.post("/v1/echo", content=b"raise", headers={"content-type": "text/plain"}).status_code == 500
        assert client.get("/v1/nowhere").status_code == 404
    server.send_signal(signal.SIGINT)
    log, errors = server.communicate(timeout=10)
    assert server.returncode == 0
    assert re.search(r"POST +/v1/echo +201 +[\d.]+ ms +EchoFunction", log)
    assert re.search(r"POST +/v1/echo +500 +[\d.]+ ms +EchoFunction", log)
    assert re.search(r"GET +/v1/nowhere +404 ", log)
    assert "answering" not in log
    assert "answering" in errors
    assert "ValueError: no such thing" in errors
