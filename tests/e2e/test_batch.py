"""A file in the bucket, through splitter and workers that are killed at random, with events that come twice.

Every good row must be answered exactly once and in order, every broken one must be among the failures, and the answers
must be those of the predictor alone.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from modelet.batch.jobs import Source
from modelet.batch.ledger import Ledger
from modelet.batch.storage import find_source
from tests.e2e.patience import kill, meanwhile, patient, runtimes
from workbench.batch.cloud import Cloud
from workbench.batch.operations import open_rows
from workbench.cloud.stack import Stack, local_stack
from workbench.emulator.pool import EmulatedExecutor
from workbench.local.errors import FunctionError
from workbench.local.intrinsics import REGION, STACK_NAME
from workbench.local.template import Function

KEY = "sentiment/a file+ü.jsonl"
BROKEN = (
    b'{"id": 1, "text": ',
    b"[1, 2]",
    b'{"id": 1}',
    b'{"id": 1, "text": 7}',
    b'{"id": 1, "text": ""}',
    b'{"id": 1, "text": "\xff"}',
    b'{"id": 1, "text": "a", "output": "b"}',
    json.dumps({"id": 1, "text": "long " * 25_000}).encode(),
)
PATIENCE_S = 240  # without any progress


def good_row(index: int) -> dict[str, Any]:
    return {"id": f"r{index}", "text": f"Film {index} was {('good', 'bad', 'fine')[index % 3]}.", "number": index}


def content(count: int, broken: set[int], chance: random.Random) -> bytes:
    lines = (chance.choice(BROKEN) if i in broken else json.dumps(good_row(i)).encode() for i in range(count))
    return b"\n".join(lines)  # the last row has no line break


@contextmanager
def killing(stack: Stack, every: float, most: int, chance: random.Random) -> Iterator[list[int]]:
    """Kill an environment of the worker about every so many seconds; collects process ids.

    `most` is fewer than would bring one part to the dead letter queue where the machine is slow.
    """
    killed: list[int] = []

    def harm(done: threading.Event) -> None:
        while not done.wait(chance.uniform(0.5 * every, 1.5 * every)):
            if len(killed) < most and (alive := runtimes(stack)):
                kill([chance.choice(alive)], killed)

    with meanwhile(harm):
        yield killed


def deliver_twice(monkeypatch: pytest.MonkeyPatch, chance: random.Random, share: float) -> list[str]:
    """Have a share of the events come twice, whatever becomes of them the first time; collects the functions."""
    twice: list[str] = []
    invoke = EmulatedExecutor.invoke

    def invoked(executor: EmulatedExecutor, function: Function, event: Any) -> Any:
        if chance.random() < share:
            twice.append(function.logical_id)
            with suppress(FunctionError):
                invoke(executor, function, event)
        return invoke(executor, function, event)

    monkeypatch.setattr(EmulatedExecutor, "invoke", invoked)
    return twice


def job_of(ledger: Ledger, source: Source) -> str:
    """The id of the job that the file becomes, once it has begun."""
    patient(lambda: None, lambda: ledger.found(source) is not None, 0.1, PATIENCE_S)
    name = ledger.found(source)
    assert name is not None
    return name


@pytest.mark.parametrize(
    ("count", "rate", "kill_every", "most_killed", "share", "visibility_timeout"),
    [(3_000, 160, 2.0, 4, 0.3, 6), pytest.param(200_000, 600, 8.0, 60, 0.05, 30, marks=pytest.mark.scale)],
    ids=["3000", "200000"],
)
def test_every_good_row_is_answered_once_and_every_broken_one_told_of(
    bundles: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    count: int,
    rate: int,
    kill_every: float,
    most_killed: int,
    share: float,
    visibility_timeout: int,
) -> None:
    monkeypatch.setenv("MODELET_METRICS", "false")
    chance = random.Random(seed := random.randrange(2**32))
    print(f"seed {seed}")
    broken = set(chance.sample(range(count), max(count // 1000, len(BROKEN))))
    twice, logged, started = deliver_twice(monkeypatch, chance, share), [], time.monotonic()
    stack_of = local_stack(
        bundles / "template.yaml",
        concurrency=2,
        visibility_timeout=visibility_timeout,
        log=lambda _, line: logged.append(line),
    )
    with stack_of as stack:
        s3, names = stack.services.client("s3"), stack.services.references
        ledger = Ledger(names["Jobs"], dynamodb := stack.services.client("dynamodb"))
        dynamodb.put_item(  # what decides the size of parts
            TableName=names["Jobs"], Item={"id": {"S": "rates"}, "item": {"S": "sentiment"}, "rate": {"N": str(rate)}}
        )
        for name, value in {**stack.services.variables, "AWS_DEFAULT_REGION": REGION}.items():
            monkeypatch.setenv(name, value)
        cloud, redriven = Cloud(STACK_NAME), [0]

        def ended() -> bool:
            """Parts that were killed five times are sent out again, as `modelet batch redrive` does."""
            redriven[0] += cloud.redrive(cloud.job(job))
            return ledger.progress(job).state != "running"

        with killing(stack, kill_every, most_killed, chance) as killed:
            s3.put_object(Bucket=names["Inputs"], Key=KEY, Body=content(count, broken, chance))
            job = job_of(ledger, find_source(s3, names["Inputs"], KEY)[0])
            patient(lambda: ledger.progress(job).parts, ended, 0.3, PATIENCE_S)
        progress, parts = ledger.progress(job), list(ledger.parts(job))
        files = {
            one["Key"].removeprefix(f"{KEY}/"): s3.get_object(Bucket=names["Results"], Key=one["Key"])["Body"].read()
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=names["Results"])
            for one in page["Contents"]
        }
        seconds = time.monotonic() - started
    manifest = json.loads(files["_manifest.json"])
    answered = [json.loads(line) for part in manifest["parts"] for line in files[part["file"]].splitlines()]
    failed = [json.loads(line) for line in files["_failures.jsonl"].splitlines()]
    again = sum("is being written elsewhere" in line or "unexpected failure" in line for line in logged)
    with capsys.disabled():
        print(
            f"\n{count} rows in {len(parts)} parts in {seconds:.0f} s, {len(killed)} environments killed, "
            f"{len(twice)} events delivered twice, {redriven[0]} parts redriven, {again} failures logged: "
            f"of {count - len(broken)} good rows {len({one['id'] for one in answered})} answered "
            f"in {len(answered)} lines; of {len(broken)} broken ones {len(failed)} in _failures.jsonl"
        )
    assert killed
    assert twice
    good = [index for index in range(count) if index not in broken]
    assert [one["number"] for one in answered] == good
    assert [one["line"] for one in failed] == [index + 1 for index in sorted(broken)]
    assert (progress.state, progress.rows, progress.failed) == ("succeeded", len(good), len(broken))
    assert progress.parts == len(parts) == len(manifest["parts"])
    assert progress.done == progress.total == parts[-1].end
    assert sum(name.startswith("part-") for name in files) == len(parts)
    assert {"_SUCCESS", "_failures.jsonl", "_manifest.json", "_job"} == {name for name in files if name[0] == "_"}
    operation = open_rows("sentiment")
    requests = [operation.request(inputs=good_row(index)["text"]) for index in good]
    expected = [json.loads(reply.response.model_dump_json()) for reply in operation.answer_all(requests)]
    assert [one["output"] for one in answered] == expected
