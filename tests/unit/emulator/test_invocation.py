"""What the emulator answers, and what that means."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.emulator.invocation import Invocation, Reply, read_answer
from workbench.emulator.platform_log import PlatformReport
from workbench.local.errors import FunctionError
from workbench.local.template import Function, read_template


@pytest.fixture
def function(project: Path) -> Function:
    return read_template(project / "template.yaml").functions[0]


def reply(status: int, body: bytes, ended: str | None = None, note: str = "") -> Reply:
    return Reply(status, body, PlatformReport("r", None, 1.0, ended), "last words\n", note)


@pytest.mark.parametrize(
    "answer", [None, "Task timed out after 3.00 seconds", [1], {"errorType": "mine", "errorMessage": "too"}]
)
def test_an_answer_is_any_json(function: Function, answer: Any) -> None:
    assert read_answer(function, reply(200, json.dumps(answer).encode())) == answer


EXCEPTION = {"errorMessage": "no", "errorType": "ValueError", "requestId": "r", "stackTrace": []}
ANSWERED = b'{"statusCode": 201}'


@pytest.mark.parametrize(
    ("given", "kind", "message", "ended"),
    [
        (reply(200, json.dumps(EXCEPTION).encode()), "ValueError", "no", False),
        (reply(200, b"Task timed out after 3.00 seconds"), "Sandbox.Timedout", "Task timed out after", True),
        (reply(502, json.dumps(EXCEPTION).encode(), "exit status 1"), "ValueError", "no", True),
        (reply(502, b"", "exit status 5"), "Runtime.ExitError", "exited with error: exit status 5", True),
        (reply(502, ANSWERED, "signal: killed"), "Runtime.ExitError", "exited with error: signal: killed", True),
        (reply(0, b""), "Runtime.ExitError", "signal: killed", True),
        (reply(502, b"", "signal: killed", " (out of memory)"), "Runtime.ExitError", "killed (out of memory)", True),
    ],
)
def test_an_error(function: Function, given: Reply, kind: str, message: str, ended: bool) -> None:
    with pytest.raises(FunctionError) as caught:
        read_answer(function, given)
    assert caught.value.kind == kind
    assert message in caught.value.message
    assert caught.value.logs == "last words\n"
    assert given.ended is ended


@pytest.mark.parametrize(("init", "billed"), [(None, 3), (100.2, 103)])
def test_init_is_billed(init: float | None, billed: int) -> None:
    assert Invocation("r", None, init, 2.5, 512, 100.0, "").billed_ms == billed
