"""A job by template-distributed.yaml: moto's Step Functions, with splitter and worker under AWS's emulator.

Environments are killed meanwhile. moto gives an item of a Distributed Map up where Step Functions would try it again,
so an execution may fail; the next one does what is left.
"""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.patience import kill, meanwhile, patient, runtimes
from workbench.batch.cloud import Cloud
from workbench.batch.operations import open_rows
from workbench.cloud.stack import Stack, local_stack
from workbench.local.intrinsics import STACK_NAME, Resolver
from workbench.local.template import read_document

KEY = "sentiment/reviews.jsonl"
ROWS = [{"id": number, "text": f"Film {number} was {('good', 'bad')[number % 2]}."} for number in range(1500)]
BROKEN = b'{"id": 7, "text": ""}\n'
KILLS = 3
PATIENCE_S = 60


@pytest.fixture(scope="module")
def stack(bundles: Path) -> Iterator[Stack]:
    logged: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELET_METRICS", "false")
        with local_stack(bundles / "template.yaml", concurrency=2, log=lambda _, line: logged.append(line)) as stack:
            yield stack


def exports(root: Path, references: Mapping[str, str]) -> dict[str, str]:
    """What the stack of template.yaml exports."""
    document = read_document(root / "template.yaml")
    resolver = Resolver(document, references)
    declared = [one for one in document["Outputs"].values() if "Export" in one]
    return {resolver.text(one["Export"]["Name"], "Name"): resolver.text(one["Value"], "Value") for one in declared}


def definition(root: Path, references: Mapping[str, str], service: str) -> str:
    """The state machine of a service, as CloudFormation would fill it in; it would drop or refuse a null."""
    document = read_document(root / "template-distributed.yaml")
    properties = document["Resources"][f"{service}Job"]["Properties"]
    assert "null" not in json.dumps(document)
    imported, resolver = exports(root, references), Resolver(document, {"MaxConcurrency": "2"})
    text = json.dumps(properties["Definition"])
    for name, value in properties["DefinitionSubstitutions"].items():
        found = (
            imported[resolver.text(value["Fn::ImportValue"], name)]
            if "Fn::ImportValue" in value
            else resolver.text(value, name)
        )
        text = text.replace(f"${{{name}}}", found)
    assert "${" not in text
    return text


@pytest.fixture(scope="module")
def machine(stack: Stack) -> str:
    """The state machine of sentiment in the stack beside template.yaml's.

    moto's CloudFormation makes none that can run, but gives it the name of the one that is made here.
    """
    text = definition(stack.template.root, stack.services.references, "Sentiment")
    role, name = "arn:aws:iam::123456789012:role/job", f"{STACK_NAME}-distributed"
    properties = {"StateMachineName": name, "DefinitionString": text, "RoleArn": role}
    resources = {"SentimentJob": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    template = json.dumps({"Resources": resources})
    stack.services.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    states = stack.services.client("stepfunctions")
    return str(states.create_state_machine(name=name, definition=text, roleArn=role)["stateMachineArn"])


def ended(stack: Stack, execution: str) -> dict[str, Any]:
    """An execution, once it has ended."""
    states = stack.services.client("stepfunctions")

    def look() -> dict[str, Any]:
        found: dict[str, Any] = states.describe_execution(executionArn=execution)
        return found

    patient(lambda: None, lambda: look()["status"] != "RUNNING", 0.3, PATIENCE_S)
    return look()


def run(stack: Stack, machine: str, key: str) -> dict[str, Any]:
    states, name = stack.services.client("stepfunctions"), uuid.uuid4().hex
    begun = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"key": key}))
    return ended(stack, begun["executionArn"])


def test_a_submitted_file_is_answered_by_a_state_machine(
    stack: Stack, machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**stack.services.variables, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    s3, names = stack.services.client("s3"), stack.services.references
    small = {"id": {"S": "rates"}, "item": {"S": "sentiment"}, "rate": {"N": "160"}}  # bytes a second: parts of 16 KiB
    stack.services.client("dynamodb").put_item(TableName=names["Jobs"], Item=small)
    (file := tmp_path / "reviews.jsonl").write_bytes(BROKEN + "".join(f"{json.dumps(row)}\n" for row in ROWS).encode())
    killed: list[int] = []

    def harm(done: threading.Event) -> None:
        while not done.wait(2.0) and len(killed) < KILLS:
            kill(runtimes(stack)[:1], killed)

    cloud, digest = Cloud(STACK_NAME), open_rows("sentiment").predictor.manifest.digest
    with meanwhile(harm):
        job = cloud.submit("sentiment", file, digest, {}, scan=False, distributed=True).job
        [begun] = stack.services.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        executions = [ended(stack, begun["executionArn"])]
        while executions[-1]["status"] != "SUCCEEDED":
            assert len(executions) <= KILLS, executions[-1]
            executions.append(run(stack, machine, KEY))
    progress = cloud.progress(job.id)
    assert killed
    assert (progress.state, progress.rows, progress.failed, progress.parts) == ("succeeded", len(ROWS), 1, 4)
    answers = b"".join(cloud.answers(job)).splitlines()
    assert [json.loads(line)["id"] for line in answers] == [row["id"] for row in ROWS]
    keys = [one["Key"].removeprefix(job.results) for one in s3.list_objects_v2(Bucket=names["Results"])["Contents"]]
    ends = {"_SUCCESS", "_failures.jsonl", "_manifest.json", "_job"}
    assert {name for name in keys if not name.startswith("part-")} == ends
    assert run(stack, machine, KEY)["status"] == "SUCCEEDED", "the same file again"


def test_a_file_that_is_refused_fails_its_execution(stack: Stack, machine: str) -> None:
    bucket, key = stack.services.references["Inputs"], "sentiment/picture.jpg"
    stack.services.client("s3").put_object(Bucket=bucket, Key=key, Body=b"\xff\xd8", Metadata={"hold": "true"})
    execution = run(stack, machine, key)
    assert execution["status"] == "FAILED"
    assert execution["cause"].startswith("refused sentiment/picture.jpg")


def test_workers_are_invoked_by_any_client(stack: Stack) -> None:
    functions = stack.services.client("lambda")
    body = json.dumps({"inputs": "a fine film"}).encode()
    invoked = functions.invoke(FunctionName="SentimentWorker", Payload=body)
    [[best, _]] = json.loads(invoked["Payload"].read())
    assert best["label"] == "positive"
    wrong = functions.invoke(FunctionName="SentimentWorker:live", Payload=b"{}")
    assert wrong["FunctionError"] == "Unhandled"
    assert json.loads(wrong["Payload"].read())["errorType"] == "InvalidInputError"
    later = functions.invoke(FunctionName="SentimentWorker", Payload=body, InvocationType="Event")
    assert later["StatusCode"] == 202
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName="Nobody", Payload=body)
