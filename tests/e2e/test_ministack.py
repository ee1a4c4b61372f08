"""`sam deploy` to ministack, an emulator of AWS's APIs: the stack completes, and its workers run in Lambda's image.

Its gap: an HTTP API is made without routes, so the HTTP functions are deployed but cannot be called over HTTP.
Source: https://github.com/ministackorg/ministack.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, unavailable
from tests.e2e.conftest import free_port, listens, running, wait_until
from workbench.cloud.services import Services
from workbench.local.routing import read_event
from workbench.local.template import read_template
from workbench.sam.command import sam_environment, sam_path

pytestmark = pytest.mark.deploy

STACK = "modelet"
DEPLOY = ("deploy", f"--stack-name={STACK}", "--no-confirm-changeset", "--no-progressbar")
DEPLOY_S = 180
# Every function in a container of its runtime's image, never in ministack's own Python; no port but ours.
OPTIONS = {"BIND_HOST": "127.0.0.1", "LAMBDA_EXECUTOR": "docker", "LAMBDA_STRICT": "1", "IOT_MTLS_ENABLED": "0"}
REFUSED = "no JSON at all"


@dataclass(frozen=True)
class Cloud:
    """ministack and its log."""

    services: Services
    log: Path

    def client(self, service: str) -> Any:
        return closing(self.services.client(service))

    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical id by logical id."""
        with self.client("cloudformation") as formation:
            listed = formation.describe_stack_resources(StackName=STACK)["StackResources"]
        return {one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"]) for one in listed}

    def answered(self, group: str) -> set[str]:
        """The ids of the messages that a worker with this log group says it answered."""
        with self.client("logs") as logs:
            events = logs.filter_log_events(logGroupName=group)["events"]
        lines = (json.loads(event["message"]) for event in events if event["message"].startswith("{"))
        return {line["message_id"] for line in lines if line.get("message") == "answered"}


@pytest.fixture(scope="module")
def cloud(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """ministack with the built template deployed."""
    ministack = ROOT / ".venv-ministack" / "bin" / "ministack"
    if not ministack.exists():
        unavailable("no .venv-ministack: run `make .venv-ministack/.ministack`")
    port, folder = free_port(), tmp_path_factory.mktemp("ministack")
    cloud = Cloud(Services(f"http://127.0.0.1:{port}", {}), folder / "ministack.log")
    environment = sam_environment() | cloud.services.variables
    options = OPTIONS | {"GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    with running([str(ministack)], cloud.log, environment | options):
        wait_until(lambda: listens(port), "ministack", cloud.log)
        deploy(built, environment)
        yield cloud


def deploy(template: Path, environment: dict[str, str]) -> None:
    files = (f"--template-file={template}", f"--config-file={ROOT / 'samconfig.toml'}")
    command = [str(sam_path(ROOT)), *DEPLOY, *files]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEPLOY_S)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stack_is_complete_and_has_every_function(cloud: Cloud) -> None:
    with cloud.client("cloudformation") as formation:
        (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    deployed = {name for name, (kind, _) in cloud.resources().items() if kind == "AWS::Lambda::Function"}
    assert deployed == {function.logical_id for function in read_template(ROOT / "template.yaml").functions}


@pytest.mark.parametrize(("service", "event"), [("Embed", "sqs_embed.json"), ("Redact", "sqs_redact.json")])
def test_a_worker_answers_its_queue_and_what_it_refuses_ends_in_the_dead_letter_queue(
    cloud: Cloud, service: str, event: str
) -> None:
    ids = {name: physical for name, (_, physical) in cloud.resources().items()}
    queue, dead, group = (ids[f"{service}{name}"] for name in ("Queue", "DeadLetterQueue", "Logs"))
    body = read_event(ROOT / "events" / event)["Records"][0]["body"]
    with cloud.client("sqs") as sqs:
        sent = {sqs.send_message(QueueUrl=queue, MessageBody=body)["MessageId"] for _ in range(3)}
        wait_until(lambda: waiting(sqs, queue) == 0, "the worker's answers", cloud.log)
        assert waiting(sqs, dead) == 0
        # Of one at least: ministack reads a container's log once the answer is there, and may miss its last line.
        wait_until(lambda: bool(sent & cloud.answered(group)), "the worker's log", cloud.log)
        # Only now, with the function warm: a first answer takes longer than this.
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        sqs.send_message(QueueUrl=queue, MessageBody=REFUSED)
        wait_until(lambda: waiting(sqs, dead) == 1, "the dead-letter queue", cloud.log)
        (message,) = sqs.receive_message(QueueUrl=dead)["Messages"]
        assert message["Body"] == REFUSED
        assert waiting(sqs, queue) == 0


def waiting(sqs: Any, queue: str) -> int:
    """Messages in a queue, in flight or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(count) for count in counts.values())
