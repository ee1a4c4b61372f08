"""Jobs in the cloud, or in what stands for it here: where AWS's clients are led by the environment."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from functions.splitter.inflating import Stream
from functions.splitter.planning import ERROR, HOLD, PARAMETERS, SCAN, settings_of
from modelet.batch.aws import ClientError, client
from modelet.batch.finish import FAILURES, MANIFEST
from modelet.batch.jobs import PART_MESSAGE, Job, Progress, job_id, service_name
from modelet.batch.ledger import Ledger
from modelet.batch.storage import Bucket, find_source
from modelet.bundle import sha256_of
from workbench.batch.parquet import is_parquet, to_json_lines
from workbench.local.errors import LocalError

__all__ = ["Cloud", "Submitted"]

SHA256 = "sha256"  # in the metadata of a file that was submitted
PARAMETER_BYTES = 1900  # S3 takes 2,048 of metadata: names and sha256 are among them
PATIENCE = 120.0  # seconds for the splitter to begin a job
RECEIVED = 10  # messages at once
HELD = 60  # seconds that messages of a dead letter queue are held


@dataclass(frozen=True)
class Submitted:
    """A job that was submitted; `anew` is False if the same one had been before."""

    job: Job
    anew: bool


class Cloud:
    """The services of a deployed stack."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        self._s3, self._sqs, dynamodb = (client(name) for name in ("s3", "sqs", "dynamodb"))
        self._resources = _resources(stack)
        self.inputs, self.results = self._resources["Inputs"], self._resources["Results"]
        self._ledger = Ledger(self._resources["Jobs"], dynamodb)
        self._bucket = Bucket(self.results, self._s3)

    def submit(
        self,
        task: str,
        file: Path,
        digest: str,
        parameters: Mapping[str, Any],
        *,
        scan: bool,
        distributed: bool = False,
        patience: float = PATIENCE,
    ) -> Submitted:
        """Upload `file` and wait until its job has begun; the job of the same file, if there is one with this bundle.

        `distributed` has it done by the state machine of template-distributed.yaml. Raises LocalError if the file is
        refused, or nothing happens.
        """
        machine = self._machine(task) if distributed else None
        told = json.dumps(parameters, sort_keys=True) if parameters else ""
        wanted = {PARAMETERS: told, SCAN: "true" if scan else "", HOLD: "true" if distributed else ""}
        metadata = {SHA256: sha256_of(file)} | {name: value for name, value in wanted.items() if value}
        if len(told) > PARAMETER_BYTES:
            raise LocalError(
                f"the parameters take {len(told):,} bytes, of {PARAMETER_BYTES:,} that a file's metadata has room for; "
                "put them into a column `parameters` of the rows"
            )
        name = f"{file.stem}.jsonl" if is_parquet(file) else file.name
        key = f"{task}/{name}"
        if (before := self._before(key, metadata, digest)) is not None:
            again = machine is not None and self.progress(before.id).state == "running"
            if again:
                _execute(machine, key)
            return Submitted(before, anew=again)
        self._bucket.delete(f"{key}/{ERROR}")
        self._upload(file, key, metadata)
        if machine is not None:
            _execute(machine, key)
        return Submitted(self._begun(task, key, digest, settings_of(metadata), patience), anew=True)

    def job(self, name: str) -> Job:
        """Raises LookupError."""
        return self._ledger.job(name)

    def progress(self, name: str) -> Progress:
        return self._ledger.progress(name)

    def answers(self, job: Job) -> Iterator[bytes]:
        """The answered rows, part by part, as chunks of JSON lines. Raises LocalError until the job has ended."""
        if self.progress(job.id).state != "succeeded":
            raise LocalError(f"job {job.id} is not finished; see: modelet batch status {job.id}")
        manifest = json.loads(b"".join(self._bucket.read(job.results + MANIFEST)))
        for part in manifest["parts"]:
            yield from self._bucket.read(job.results + part["file"])

    def failures(self, job: Job) -> Iterator[bytes]:
        """The rows that could not be answered, as chunks of JSON lines."""
        return self._bucket.read(job.results + FAILURES)

    def where(self, job: Job) -> str:
        return f"s3://{self.results}/{job.results}"

    def redrive(self, job: Job) -> int:
        """Send the parts of `job` that lie in the dead letter queue out again, and count them."""
        service = service_name(job.task)
        dead, parts = self._resources[f"{service}DeadLetterQueue"], self._resources[f"{service}Parts"]
        sent = 0
        while messages := self._received(dead):
            for message in (one for one in messages if _is_of(one["Body"], job)):
                self._sqs.send_message(QueueUrl=parts, MessageBody=message["Body"])
                self._sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
                sent += 1
        return sent

    def _machine(self, task: str) -> str:
        """The state machine of a service. Raises LocalError if there is none."""
        stack, name = f"{self._stack}-distributed", f"{service_name(task)}Job"
        machine = _resources(stack).get(name)
        if machine is None:
            raise LocalError(f"stack {stack} has no {name}; deploy template-distributed.yaml as it is now")
        return machine

    def _received(self, queue: str) -> list[dict[str, Any]]:
        reply = self._sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=RECEIVED, VisibilityTimeout=HELD, WaitTimeSeconds=2
        )
        found: list[dict[str, Any]] = reply.get("Messages", [])
        return found

    def _before(self, key: str, metadata: Mapping[str, str], digest: str) -> Job | None:
        """The job of the same bytes under the same key, with the same bundle."""
        try:
            source, there = find_source(self._s3, self.inputs, key)
        except FileNotFoundError:
            return None
        name = self._ledger.found(source)
        if name is None or dict(there) != dict(metadata):
            return None
        job = self._ledger.job(name)
        return job if job.bundle == digest else None

    def _upload(self, file: Path, key: str, metadata: Mapping[str, str]) -> None:
        extra = {"Metadata": dict(metadata)}
        if is_parquet(file):
            self._s3.upload_fileobj(Stream(to_json_lines(file)), self.inputs, key, ExtraArgs=extra)
        else:
            self._s3.upload_file(str(file), self.inputs, key, ExtraArgs=extra)

    def _begun(self, task: str, key: str, digest: str, settings: str, patience: float) -> Job:
        source, _ = find_source(self._s3, self.inputs, key)
        expected = job_id(source, task, digest, settings)
        name, deadline = None, time.monotonic() + patience
        while time.monotonic() < deadline:
            if (name := self._ledger.found(source)) == expected:
                return self._ledger.job(expected)
            if (refused := self._refused(key, source.etag)) is not None:
                raise LocalError(refused)
            time.sleep(0.5)
        if name is not None:  # the stack has another bundle than this checkout
            return self._ledger.job(name)
        raise LocalError(f"s3://{self.inputs}/{key} is there, but no job of it began in {patience:.0f} s")

    def _refused(self, key: str, etag: str) -> str | None:
        """Why the splitter refused the file."""
        if self._bucket.facts(f"{key}/{ERROR}") is None:
            return None
        told = json.loads(b"".join(self._bucket.read(f"{key}/{ERROR}")))
        return str(told["error"]) if told["etag"] == etag else None


def _execute(machine: str | None, key: str) -> None:
    """Begin an execution; another of the same job does what this one has not done."""
    client("stepfunctions").start_execution(stateMachineArn=machine, name=uuid4().hex, input=json.dumps({"key": key}))


def _is_of(body: str, job: Job) -> bool:
    return body.startswith(PART_MESSAGE) and bool(json.loads(body)["part"]["job"] == job.id)


def _resources(stack: str) -> Mapping[str, str]:
    """Logical ids of a stack's resources to what they are called. Raises LocalError if there is no such stack."""
    from botocore.exceptions import BotoCoreError

    try:
        pages = client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        listed = [one for page in pages for one in page["StackResourceSummaries"]]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"stack {stack}: {error}") from None
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
