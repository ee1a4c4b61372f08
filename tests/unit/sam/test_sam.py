"""What is sent through SAM, how its answers are read, and when they count as equal."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from workbench.build.target import Arch
from workbench.local.errors import FunctionError
from workbench.local.template import read_template
from workbench.sam.command import SamError, built_template, sam_environment, sam_path
from workbench.sam.events import Outcome, select_events
from workbench.sam.invoke import SamInvocation, sam_invoke

TEMPLATE = read_template(ROOT / "template.yaml")
EVENT = ROOT / "events" / "http_embed.json"
# As SAM CLI 1.170 prints it: the emulator's log and the function's on stderr, the answer alone on stdout.
LOG = """\
START RequestId: 039ae5e2-add8-4c0c-8383-a38ad8573aa2 Version: $LATEST
21 Nov 2026 08:57:53,453 [INFO] (rapid) INIT REPORT(durationMs: 744.675000)
REPORT RequestId: 039ae5e2-add8-4c0c-8383-a38ad8573aa2\tInit Duration: 0.09 ms\tDuration: 758.91 ms
21 Nov 2026 08:57:53,467 [INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 0, duration: 13.697000ms)
"""


def sam_that_says(root: Path, stdout: str, stderr: str) -> Path:
    """A project whose `sam` prints this, as it was recorded."""
    for path, text in {
        ".venv-sam/bin/sam": f"#!/bin/sh\ncat <<'OUT'\n{stdout}\nOUT\ncat >&2 <<'ERR'\n{stderr}\nERR\n",
        ".aws-sam/build/template.yaml": "",
    }.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    return root


def invoke(root: Path) -> SamInvocation:
    return sam_invoke(root, "EmbedFunction", EVENT, image=False, arch=Arch.X86_64)


def test_sam_gets_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("DOCKER_HOST", "unix:///somewhere")
    environment = sam_environment()
    assert "secret" not in environment.values()
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["DOCKER_HOST"] == "unix:///somewhere"


def test_what_is_not_built_is_told_with_the_command_that_builds_it(tmp_path: Path) -> None:
    with pytest.raises(SamError, match="make build"):
        sam_path(tmp_path)
    with pytest.raises(SamError, match="make build"):
        built_template(tmp_path)
    with pytest.raises(SamError, match=r"sam build --template-file template-image\.yaml"):
        built_template(tmp_path, image=True)


def test_every_event_goes_to_its_function() -> None:
    events = select_events(TEMPLATE)
    assert {path.name for path in events} == {path.name for path in (ROOT / "events").glob("*.json")}
    assert events[EVENT] == "EmbedFunction"
    assert events[ROOT / "events" / "sqs_redact.json"] == "RedactWorker"


def test_an_image_gets_the_http_events_of_the_function_in_it() -> None:
    events = select_events(TEMPLATE, image=True)
    assert set(events.values()) == {"EmbedImageFunction"}
    assert EVENT in events
    assert {path.name.split("_")[0] for path in events} == {"http"}


def test_answer_init_and_duration_are_read(tmp_path: Path) -> None:
    root = sam_that_says(tmp_path, '{"statusCode": 200, "body": "[]"}', LOG)
    answer = {"statusCode": 200, "body": "[]"}
    assert invoke(root) == SamInvocation(answer, init_ms=744.675, duration_ms=13.697)


def test_an_error_in_the_answer_is_the_functions(tmp_path: Path) -> None:
    told = '{"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named x", "stackTrace": []}'
    with pytest.raises(FunctionError, match=r"EmbedFunction: Runtime\.ImportModuleError: No module named x"):
        invoke(sam_that_says(tmp_path, told, LOG))


@pytest.mark.parametrize(
    ("stdout", "stderr", "told"),
    [
        ("Task timed out after 2.00 seconds", LOG, "Task timed out after"),
        ("", f"{LOG}Function 'Slow' timed out after 2 seconds\nNo response from invoke container for Slow", "Function"),
    ],
)
def test_a_time_out_is_the_functions_whoever_tells_it(stdout: str, stderr: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FunctionError, match=rf"^EmbedFunction: Sandbox\.Timedout: {told}"):
        invoke(sam_that_says(tmp_path, stdout, stderr))


def test_without_an_answer_the_last_line_of_sam_is_told(tmp_path: Path) -> None:
    root = sam_that_says(tmp_path, "", "Invoking\nError: Do you have Docker installed and running?\n")
    with pytest.raises(SamError, match=r"^sam local invoke EmbedFunction: Do you have Docker"):
        invoke(root)


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        ({"statusCode": 200, "body": "[1]"}, {"statusCode": 200, "body": "[1]"}, True),
        ({"statusCode": 200, "body": "[1]"}, {"statusCode": 200, "body": "[1]", "headers": {}}, False),
        ({}, {"answer": 42}, False),
        ({"statusCode": 200, "body": "[1]"}, {"statusCode": 200, "body": "[1.0]"}, False),
        ({"statusCode": 500, "body": "[1]"}, {"statusCode": 200, "body": "[1]"}, False),
        ({"batchItemFailures": []}, {"batchItemFailures": []}, True),
        ({"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "m1"}]}, False),
        (None, {"statusCode": 200, "body": "[1]"}, False),
    ],
)
def test_answers_are_the_same_if_all_they_say_is(found: Any, expected: Any, same: bool) -> None:
    assert Outcome("EmbedFunction", EVENT, SamInvocation(found, 0, 0), expected).same is same


def test_an_error_is_never_the_same() -> None:
    error = FunctionError("EmbedFunction", "Sandbox.Timedout", "Task timed out")
    assert not Outcome("EmbedFunction", EVENT, error, {"statusCode": 200, "body": ""}).same
