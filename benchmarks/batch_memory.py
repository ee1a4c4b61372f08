"""Memory of splitter and worker by the size of the file, each in a process of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.texts import lines
from modelet.batch.jobs import Done, Part
from modelet.batch.ledger import Ledger
from workbench.batch.operations import open_rows

__all__ = ["peaks"]


def peaks(service: str, megabytes: int, rate: float) -> tuple[float, float]:
    """MB that the splitter and a worker took for a file of this size, if workers answer `rate` bytes a second."""
    from workbench.cloud.services import local_services
    from workbench.local.template import read_document

    with local_services(read_document(ROOT / "template.yaml")) as services, tempfile.NamedTemporaryFile() as file:
        _fill(file.name, megabytes << 20)
        names = services.references
        services.client("s3").upload_file(file.name, names["Inputs"], f"{service}/rows.jsonl")
        measured = Done(name="", start=0, end=int(rate), lines=0, rows=0, failed=0, seconds=1, bundle="")
        Ledger(names["Jobs"], services.client("dynamodb")).measure(service, measured)
        variables = {
            "MODELET_JOBS_TABLE": names["Jobs"],
            "MODELET_RESULTS_BUCKET": names["Results"],
            "MODELET_PARTS_QUEUE": names[f"{service.capitalize()}Parts"],
            "MODELET_PART_QUEUES": "modelet-parts-",
            "AWS_DEFAULT_REGION": "us-east-1",
            **services.variables,
        }
        return tuple(_peak(variables, step, service, names["Inputs"]) for step in ("split", "work"))  # type: ignore


def _fill(path: str, size: int) -> None:
    block = b"".join(lines(20_000))
    with Path(path).open("wb") as file:
        while file.tell() < size:
            file.write(block)


def _peak(variables: dict[str, str], *arguments: str) -> float:
    command = [sys.executable, "-m", __name__, *arguments]
    done = subprocess.run(command, env=os.environ | variables, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return float(done.stdout.splitlines()[-1])


def step(name: str, service: str, bucket: str) -> None:
    """In a process of its own: split the file, or answer its last part; print the most memory that it took."""
    run: Any = _split if name == "split" else _work
    run(service, bucket)
    # Not getrusage: its maximum counts the process that this one was forked from.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    print(int(peak) / 1024)


def _split(service: str, bucket: str) -> None:
    from functions.splitter.splitting import Splitter
    from modelet.settings import read_settings

    Splitter(read_settings(), ROOT / "functions").split(bucket, f"{service}/rows.jsonl", None)


def _work(service: str, bucket: str) -> None:
    from modelet.batch.answering import PartWorker
    from modelet.batch.aws import client
    from modelet.batch.storage import find_source
    from modelet.settings import read_settings

    settings = read_settings()
    job = Ledger(settings.jobs_table, client("dynamodb")).found(
        find_source(client("s3"), bucket, f"{service}/rows.jsonl")[0]
    )
    sqs = client("sqs")
    last = Part(job="", name="", start=0, end=0)
    while messages := sqs.receive_message(QueueUrl=settings.parts_queue, MaxNumberOfMessages=10).get("Messages"):
        found = [Part.model_validate(json.loads(one["Body"])["part"]) for one in messages]
        last = max([last, *(one for one in found if one.job == job)], key=lambda part: part.start)
    PartWorker(open_rows(service), settings)(last, lambda: 300.0)


if __name__ == "__main__":
    step(*sys.argv[1:4])
