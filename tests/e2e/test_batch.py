"""A file in the bucket, through splitter and workers that are killed at random, with events that come twice.

Every good row must be answered exactly once and in order, every broken one must be among the failures, and the answers
must be those of the predictor alone.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from modelet.batch.ledger import Ledger
from workbench.batch.operations import open_rows
from workbench.cloud.stack import Stack, local_stack
from workbench.emulator.pool import EmulatedExecutor
from workbench.local.errors import FunctionError
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
def killing(stack: Stack, every: float, chance: random.Random) -> Iterator[list[int]]:
    """Kill an environment of the worker about every so many seconds; collects process ids."""
    killed: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(chance.uniform(0.5 * every, 1.5 * every)):
            alive = [one.runtime_pid for one in stack.executor.environments() if one.alive and one.runtime_pid]
            if alive:
                with suppress(ProcessLookupError):
                    os.kill(pid := chance.choice(alive), signal.SIGKILL)
                    killed.append(pid)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


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


def finished(s3: Any, bucket: str, ledger: Ledger, job: str) -> None:
    """Wait for the end of the job, as long as it gets on."""
    before, deadline = -1, time.monotonic() + PATIENCE_S
    while (progress := ledger.progress(job)).state == "running":
        if progress.parts != before:
            before, deadline = progress.parts, time.monotonic() + PATIENCE_S
        assert time.monotonic() < deadline, f"nothing new in {PATIENCE_S} s after part {before}: {progress}"
        time.sleep(0.3)


def until_found(ledger: Ledger, s3: Any, bucket: str) -> str:
    from modelet.batch.storage import find_source

    source, _ = find_source(s3, bucket, KEY)
    deadline = time.monotonic() + PATIENCE_S
    while (name := ledger.found(source)) is None:
        assert time.monotonic() < deadline, "the job never began"
        time.sleep(0.1)
    return name


@pytest.mark.parametrize(
    ("count", "rate", "kill_every", "share", "visibility_timeout"),
    [(3_000, 160, 2.0, 0.3, 6), pytest.param(200_000, 1_200, 8.0, 0.05, 30, marks=pytest.mark.scale)],
    ids=["3000", "200000"],
)
def test_every_good_row_is_answered_once_and_every_broken_one_told_of(
    bundles: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    count: int,
    rate: int,
    kill_every: float,
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
        with killing(stack, kill_every, chance) as killed:
            s3.put_object(Bucket=names["Inputs"], Key=KEY, Body=content(count, broken, chance))
            job = until_found(ledger, s3, names["Inputs"])
            finished(s3, names["Results"], ledger, job)
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
            f"{len(twice)} events delivered twice, {again} failures logged: of {count - len(broken)} good rows "
            f"{len({one['id'] for one in answered})} answered in {len(answered)} lines; of {len(broken)} broken ones "
            f"{len(failed)} in _failures.jsonl"
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
