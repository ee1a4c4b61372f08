"""Every row of the table in docs/http-api.md, provoked: the front answers what the document says."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.conftest import ROOT
from workbench.local.errors import FunctionError, ThrottledError
from workbench.local.executor import Executor, InProcessExecutor
from workbench.local.gateway import create_gateway
from workbench.local.http_api import MAX_PAYLOAD_BYTES
from workbench.local.payload import MAX_RESPONSE_BYTES, REQUEST_LIMIT_BYTES
from workbench.local.template import Function, Template, read_template

TEMPLATE = """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {CORS}
  Obedient:
    Type: AWS::Serverless::Function
    Properties:
      Handler: obedient.api.handler
      Events:
        Tell: {Type: HttpApi, Properties: {Method: POST, Path: /tell}}
        Options: {Type: HttpApi, Properties: {Method: OPTIONS, Path: /options}}
"""
CORS = """{CorsConfiguration: {
  AllowOrigins: [https://a.example], AllowMethods: [POST], AllowHeaders: [content-type], ExposeHeaders: [x-one],
  MaxAge: 300}}"""
# Does as the body says.
HANDLER = """
import json, time

def handler(event, context):
    order = json.loads(event.get("body") or '{"return": {"statusCode": 200, "body": "made"}}')
    time.sleep(order.get("sleep", 0))
    if "touch" in order:
        open(order["touch"], "w").close()
    if "length" in order:
        return "x" * (order["length"] - 2)  # JSON adds the quotes
    return order["return"]
"""
ORIGIN = {"origin": "https://a.example"}
STRANGER = {"origin": "https://b.example"}
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
CONFIGURED = {"access-control-allow-origin": "https://a.example", "access-control-expose-headers": "x-one"}
MADE = {"statusCode": 200, "body": "made"}


class Row(NamedTuple):
    """One row: what is said of AWS and of us, each a status, a body in code marks, and words."""

    aws: str
    here: str

    @property
    def answer(self) -> tuple[int, str]:
        """Status and body that we must give."""
        found = re.match(r"(\d{3})(?: `([^`]*)`)?", self.aws if self.here == "same" else self.here)
        assert found, f"no answer in {self}"
        return int(found[1]), found[2] or ""


def rows() -> Iterator[tuple[str, Row]]:
    table = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8").partition("|---|---|---|---|\n")[2]
    for line in table.partition("\n\n")[0].splitlines():
        situation, aws, here, _ = (cell.strip() for cell in line.strip("|").split("|"))
        yield situation, Row(aws, here)


ROWS = dict(rows())


class Failing:
    """An executor whose every call fails."""

    def __init__(self, error: FunctionError) -> None:
        self._error = error

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        raise self._error


class Front:
    """The gateway over the obedient function."""

    def __init__(self, root: Path, executor: Executor, timeout: float = 20) -> None:
        self.root, self._executor, self._timeout = root, executor, timeout

    def send(self, method: str = "POST", path: str = "/tell", *, cors: bool = False, **options: Any) -> httpx.Response:
        gateway = create_gateway(obedient(self.root, cors=cors), self._executor, self._timeout)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(gateway)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def tell(self, result: Any = MADE, **options: Any) -> httpx.Response:
        return self.send(json={"return": result}, **options)

    def over(self, error: FunctionError) -> "Front":
        return Front(self.root, Failing(error))

    def patient_for(self, seconds: float) -> "Front":
        return Front(self.root, self._executor, seconds)


def obedient(root: Path, *, cors: bool) -> Template:
    (root / "template.yaml").write_text(TEMPLATE.replace("{CORS}", CORS if cors else "{}"))
    return read_template(root / "template.yaml")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    root = tmp_path_factory.mktemp("obedient")
    (root / "obedient").mkdir()
    (root / "obedient" / "api.py").write_text(HANDLER)
    (root / "docs").mkdir()
    (root / "docs" / "openapi.json").write_text("{}")
    with InProcessExecutor(obedient(root, cors=False).functions, root) as executor:
        yield Front(root, executor)


def cors_headers(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


def expect_json(response: httpx.Response) -> httpx.Response:
    assert response.headers["content-type"] == "application/json"
    return response


def expect_cors(response: httpx.Response, expected: Mapping[str, str]) -> httpx.Response:
    assert cors_headers(response) == expected
    return response


def late(front: Front) -> httpx.Response:
    mark = front.root / "ended"
    response = front.patient_for(0.2).send(json={"sleep": 1, "touch": str(mark), "return": MADE})
    assert not mark.exists(), "the answer waited for the function"
    front.tell()  # its turn comes when the function is free again
    assert mark.exists(), "the function did not run on"
    return response


def numbers_in_headers(front: Front) -> httpx.Response:
    response = front.tell(MADE | {"headers": {"x-count": 3, "x-hit": True}})
    assert (response.headers["x-count"], response.headers["x-hit"]) == ("3", "true")
    return response


def preflight(front: Front, **headers: str) -> httpx.Response:
    return front.send("OPTIONS", cors=True, headers=headers)


SCENARIOS: dict[str, Callable[[Front], httpx.Response]] = {
    'The function returns `{"statusCode": 201, "body": "made"}`': lambda f: f.tell({"statusCode": 201, "body": "made"}),
    "The function returns JSON without `statusCode`": lambda f: expect_json(f.tell({"a": 1})),
    "The function returns a text": lambda f: expect_json(f.tell("made")),
    "`statusCode` is a text of digits": lambda f: f.tell({"statusCode": "201", "body": "made"}),
    "`statusCode` is a fraction": lambda f: f.tell({"statusCode": 200.5, "body": "made"}),
    "`statusCode` is outside 200 to 599": lambda f: f.tell({"statusCode": 1000}),
    "A header's value is a number or a boolean": numbers_in_headers,
    "A header's value is a list": lambda f: f.tell(MADE | {"headers": {"x-count": [3]}}),
    "`body` is not a text, or not base64 though declared so": lambda f: f.tell(
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True}
    ),
    "The function raises an exception": lambda f: f.send(json={}),
    "The function exceeds its own timeout, or its process ends": lambda f: f.over(
        FunctionError("Obedient", "Sandbox.Timedout", "Task timed out after 3.00 seconds")
    ).tell(),
    "The function's answer is over 6,291,556 bytes": lambda f: f.send(json={"length": MAX_RESPONSE_BYTES + 1}),
    "The function takes longer than 30 s": late,
    "The function has no free environment and may have no more": lambda f: f.over(ThrottledError("Obedient")).tell(),
    "The event is not under 6,291,456 bytes": lambda f: f.send(content=b"x" * REQUEST_LIMIT_BYTES),
    "The body is over 10 MB": lambda f: f.send(content=b"x" * (MAX_PAYLOAD_BYTES + 1)),
    "No route has the path": lambda f: f.send(path="/other"),
    "No route of the path has the method, HEAD and OPTIONS included": lambda f: f.send("OPTIONS"),
    "CORS: a preflight from an allowed origin": lambda f: expect_cors(
        preflight(f, **ORIGIN, **PREFLIGHT),
        CONFIGURED
        | {
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "content-type",
            "access-control-max-age": "300",
        },
    ),
    "CORS: a preflight from another origin": lambda f: expect_cors(preflight(f, **STRANGER, **PREFLIGHT), {}),
    "CORS: OPTIONS without Origin or Access-Control-Request-Method": lambda f: expect_cors(preflight(f, **ORIGIN), {}),
    "CORS: OPTIONS with a route of its own, or `$default`": lambda f: f.send("OPTIONS", "/options", cors=True),
    "CORS: a request from an allowed origin": lambda f: expect_cors(
        f.tell(MADE | {"headers": {"Access-Control-Allow-Origin": "*"}}, cors=True, headers=ORIGIN), CONFIGURED
    ),
    "CORS: a request from another origin": lambda f: expect_cors(f.tell(cors=True, headers=STRANGER), {}),
    "CORS: a message of the API's own to an allowed origin": lambda f: expect_cors(
        f.send(path="/other", cors=True, headers=ORIGIN), {}
    ),
}


def test_every_row_has_a_scenario() -> None:
    assert list(SCENARIOS) == list(ROWS)


@pytest.mark.parametrize("situation", SCENARIOS)
def test_the_front_answers_as_the_document_says(front: Front, situation: str) -> None:
    response = SCENARIOS[situation](front)
    assert (response.status_code, response.text) == ROWS[situation].answer
    assert re.fullmatch(r"[\w+/]{15}=", response.headers["apigw-requestid"])


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_row_is_confirmed_or_says_that_it_is_not(row: Row) -> None:
    assert (row.here == "same") != ("not confirmed" in row.aws)


def test_what_is_just_within_the_limits_passes(front: Front) -> None:
    assert len(front.send(json={"length": MAX_RESPONSE_BYTES}).text) == MAX_RESPONSE_BYTES - 2
    order = json.dumps({"return": MADE}).ljust(REQUEST_LIMIT_BYTES - 10_000).encode()
    assert front.send(content=order, headers={"content-type": "application/json"}).text == "made"
