"""Thousands of messages, some of them poison, through real workers that are killed at random: nothing may be lost.

What was processed is read from the workers' own log, not from the queue. A message whose worker was killed comes again,
so it may be answered twice. Five kills on five receipts would make it dead, as on AWS: with 3 kills that cannot be, and
with 25 it will not, for a receipt lasts a tenth of a second and kills are seconds apart.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.patience import kill, meanwhile, patient, runtimes
from workbench.cloud.stack import Stack, local_stack
from workbench.local.template import Function

POISON = ["{", "[]", '{"input": ""}', '{"input": 1}', '{"input": "a", "unknown": 1}']
PATIENCE_S = 120  # without any progress
BACKLOG = 60  # moto looks at every message of a queue at each request


class Workers:
    """What the workers say: how often each message was answered and refused, by its id."""

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failures: list[str] = []
        self._lock = threading.Lock()

    @property
    def seen(self) -> int:
        """Messages that were answered or refused."""
        return len(self.answered) + len(self.refused)

    def log(self, function: Function, line: str) -> None:
        with self._lock:
            if line.startswith("Runtime.ExitError: "):
                self.failures.append(line)
                return
            entry = json.loads(line)
            counter = {"answered": self.answered, "refused": self.refused}.get(entry.get("message", ""))
            if counter is not None:
                counter[entry["message_id"]] += 1


@contextmanager
def killing(stack: Stack, workers: Workers, thresholds: list[int], chance: random.Random) -> Iterator[list[int]]:
    """Kill all environments whenever so many messages are answered, until that fails a batch; collects process ids."""
    killed: list[int] = []

    def harm(done: threading.Event) -> None:
        for number, threshold in enumerate(thresholds):
            while len(workers.answered) < threshold or len(workers.failures) <= number:
                if len(workers.answered) >= threshold:
                    kill(runtimes(stack), killed)
                if done.wait(chance.uniform(0.01, 0.2)):
                    return

    with meanwhile(harm):
        yield killed


def waiting(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, attributes.values()))


def send(sqs: Any, url: str, bodies: list[str], workers: Workers) -> list[str]:
    """Send all, without a long backlog; their ids in order."""

    def small_backlog(sent: int) -> bool:
        return sent - workers.seen <= BACKLOG

    ids: dict[int, str] = {}
    for start in range(0, len(bodies), 10):
        patient(lambda: workers.seen, partial(small_backlog, start), 0.01, PATIENCE_S)
        entries = [{"Id": str(i), "MessageBody": bodies[i]} for i in range(start, min(start + 10, len(bodies)))]
        reply = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        ids |= {int(sent["Id"]): sent["MessageId"] for sent in reply["Successful"]}
    return [ids[index] for index in range(len(bodies))]


def drain(sqs: Any, url: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        found += [message["MessageId"] for message in messages]
    return found


@pytest.mark.parametrize(
    ("count", "kills", "visibility_timeout"),
    [(300, 3, 2), pytest.param(10_000, 25, 4, marks=pytest.mark.scale)],
    ids=["300", "10000"],
)
def test_every_good_message_is_processed_and_every_poison_one_is_dead(
    bundles: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    count: int,
    kills: int,
    visibility_timeout: int,
) -> None:
    monkeypatch.setenv("MODELET_METRICS", "false")
    chance = random.Random(seed := random.randrange(2**32))
    print(f"seed {seed}")
    poison = set(chance.sample(range(count), count // 100))
    bodies = [
        chance.choice(POISON) if index in poison else json.dumps({"input": f"Train {index} leaves at nine. " * 8})
        for index in range(count)
    ]
    thresholds = sorted(chance.sample(range(1, count * 9 // 10), kills))
    workers, start = Workers(), time.monotonic()
    template = bundles / "template.yaml"
    with local_stack(template, concurrency=2, visibility_timeout=visibility_timeout, log=workers.log) as stack:
        sqs, url = stack.services.client("sqs"), stack.services.references["EmbedQueue"]
        with killing(stack, workers, thresholds, chance) as killed:
            ids = send(sqs, url, bodies, workers)
            patient(lambda: waiting(sqs, url), lambda: not waiting(sqs, url), 0.2, PATIENCE_S)
        dead = drain(sqs, stack.services.references["EmbedDeadLetterQueue"])
    bad = {ids[index] for index in poison}
    good = set(ids) - bad
    with capsys.disabled():
        print(
            f"\n{count} messages in {time.monotonic() - start:.0f} s, {len(killed)} environments killed, "
            f"{len(workers.failures)} batches failed: of {len(good)} good ones {len(good & workers.answered.keys())} "
            f"answered, {sum(workers.answered.values()) - len(workers.answered)} of them again; of {len(bad)} poison "
            f"ones {len(bad & set(dead))} dead after {sum(workers.refused.values())} refusals; "
            f"{len(good & set(dead))} good ones dead"
        )
    assert len(workers.failures) >= kills
    assert set(workers.answered) == good
    assert sorted(dead) == sorted(bad)
