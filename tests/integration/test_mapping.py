"""The event source mapping over moto's queues, with functions that answer what each test needs."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from workbench.cloud.mapping import Poller, Queue
from workbench.cloud.services import local_services
from workbench.local.errors import FunctionError, ThrottledError
from workbench.local.event_source import EventSourceMapping
from workbench.local.template import Function

DOCUMENT = {
    "Resources": {
        "Jobs": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue"},
    }
}
FUNCTION = Function("Worker", "a.b", "python3.13", 128, 1, {}, (), ())
REPORTING = EventSourceMapping("Jobs", reports_failures=True)

Handler = Callable[[list[dict[str, Any]]], Any]


@dataclass
class Recorder:
    """An executor that keeps the records of each call, and answers with `handler` if there is one."""

    handler: Handler = lambda records: None
    calls: list[list[dict[str, Any]]] = field(default_factory=list)

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        self.calls.append(event["Records"])
        return self.handler(event["Records"])

    @property
    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in call] for call in self.calls]


@dataclass
class Setup:
    """A running mapping: its queue's client, what was logged, and the poller."""

    sqs: Any
    references: Mapping[str, str]
    logged: list[str]
    poller: Poller

    def send(self, *bodies: str, **options: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.references["Jobs"], MessageBody=body, **options)

    def left(self, queue: str = "Jobs") -> int:
        """Messages in a queue, those that somebody works on included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        reply = self.sqs.get_queue_attributes(QueueUrl=self.references[queue], AttributeNames=names)
        return sum(int(number) for number in reply["Attributes"].values())


def until(condition: Callable[[], bool], patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@contextmanager
def running(
    executor: Recorder,
    mapping: EventSourceMapping = REPORTING,
    concurrency: int = 1,
    visibility_timeout: int = 1,
    first: tuple[str, ...] = (),
) -> Iterator[Setup]:
    """The mapping at work; the messages `first` are in the queue before it starts."""
    with local_services(DOCUMENT, visibility_timeout) as services:
        logged: list[str] = []
        queue = Queue(services.references["Jobs"], services.references["Jobs.Arn"], visibility_timeout)
        sqs = services.client("sqs")
        poller = Poller(
            FUNCTION, mapping, queue, sqs, executor, concurrency=concurrency, log=lambda _, line: logged.append(line)
        )
        setup = Setup(sqs, services.references, logged, poller)
        setup.send(*first)
        poller.start()
        try:
            yield setup
        finally:
            poller.close()


def test_a_message_is_a_record_and_deleted_once_answered() -> None:
    executor = Recorder()
    with running(executor) as setup:
        setup.send("hello", MessageAttributes={"kind": {"StringValue": "a", "DataType": "String"}})
        until(lambda: bool(executor.calls) and setup.left() == 0)
        ((record,),) = executor.calls
        assert record["body"] == "hello"
        assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
        assert record["messageAttributes"]["kind"]["stringValue"] == "a"
        assert record["eventSourceARN"] == setup.references["Jobs.Arn"]
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= record["attributes"].keys()
        assert not setup.logged


def test_only_what_was_reported_comes_again_until_it_is_dead() -> None:
    def refuse_bad(records: list[dict[str, Any]]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records if r["body"] == "bad"]}

    executor = Recorder(refuse_bad)
    with running(executor, first=("good", "bad", "fine")) as setup:
        until(lambda: setup.left() == 1)
        until(lambda: setup.left("Dead") == 1)
        assert executor.bodies == [["good", "bad", "fine"], ["bad"]]
        assert [call[-1]["attributes"]["ApproximateReceiveCount"] for call in executor.calls] == ["1", "2"]
        reply = setup.sqs.receive_message(QueueUrl=setup.references["Dead"])
        assert [message["Body"] for message in reply["Messages"]] == ["bad"]


def fail(records: list[dict[str, Any]]) -> Any:
    raise FunctionError("Worker", "Runtime.ExitError", "signal: killed")


def report_unknown(records: list[dict[str, Any]]) -> Any:
    return {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}, {"itemIdentifier": "unknown"}]}


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (fail, []),
        (report_unknown, ["a batch of 2 failed: batchItemFailures: 'unknown' is no message of the batch"] * 2),
    ],
)
def test_a_batch_that_fails_stays_whole(handler: Handler, told: list[str]) -> None:
    """Why a call failed is for the executor to tell."""
    executor = Recorder(handler)
    with running(executor, first=("a", "b")) as setup:
        until(lambda: setup.left("Dead") == 2)
        assert executor.bodies == [["a", "b"], ["a", "b"]]
        assert setup.logged == told


def test_without_report_batch_item_failures_any_answer_deletes_all() -> None:
    executor = Recorder(report_unknown)
    with running(executor, EventSourceMapping("Jobs"), first=("a", "b")) as setup:
        until(lambda: setup.left() == 0)
        assert setup.left("Dead") == 0


def test_a_throttled_batch_is_sent_again_without_another_receipt() -> None:
    refusals = iter([True, True, False])

    def throttle(records: list[dict[str, Any]]) -> Any:
        if next(refusals):
            raise ThrottledError("Worker")

    executor = Recorder(throttle)
    with running(executor, first=("a",)) as setup:
        until(lambda: setup.left() == 0)
    assert [record["attributes"]["ApproximateReceiveCount"] for (record,) in executor.calls] == ["1", "1", "1"]


def test_one_that_stays_throttled_comes_again_and_is_dead_at_last() -> None:
    def throttle(records: list[dict[str, Any]]) -> Any:
        raise ThrottledError("Worker")

    executor = Recorder(throttle)
    with running(executor, first=("a",)) as setup:
        until(lambda: setup.left("Dead") == 1)
        assert setup.logged == ["a batch of 1 failed: Worker: TooManyRequestsException: Rate Exceeded."] * 2


def test_batches_are_no_larger_than_their_size() -> None:
    executor = Recorder()
    with running(executor, EventSourceMapping("Jobs", batch_size=2), first=("a", "b", "c", "d", "e")) as setup:
        until(lambda: setup.left() == 0)
    assert sorted(len(call) for call in executor.calls) == [1, 2, 2]


def test_a_window_collects_more_than_one_receipt_holds() -> None:
    executor = Recorder()
    sent = tuple(str(number) for number in range(25))
    mapping = EventSourceMapping("Jobs", batch_size=100, window=1)
    with running(executor, mapping, visibility_timeout=10, first=sent) as setup:
        until(lambda: setup.left() == 0)
    assert executor.bodies == [list(sent)]


def test_payloads_over_six_megabytes_are_two_events() -> None:
    executor = Recorder()
    large = "x" * 1_000_000
    with running(executor, first=(large,) * 7) as setup:
        until(lambda: setup.left() == 0)
    assert sum(len(call) for call in executor.calls) == 7
    assert all(len(json.dumps({"Records": call})) < 6 * 2**20 for call in executor.calls)


def test_a_queue_that_cannot_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("Messages")

    executor = Recorder()
    with running(executor) as setup:
        with monkeypatch.context() as patch:
            patch.setattr(setup.sqs, "receive_message", broken)
            until(lambda: "cannot receive: 'Messages'" in setup.logged)
        setup.send("a")
        until(lambda: setup.left() == 0)
    assert executor.bodies == [["a"]]


def test_no_more_batches_at_once_than_allowed() -> None:
    lock, at_work, most = threading.Lock(), 0, 0

    def count(records: list[dict[str, Any]]) -> Any:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.05)
        with lock:
            at_work -= 1

    executor = Recorder(count)
    with running(executor, EventSourceMapping("Jobs", batch_size=1), concurrency=3, first=("a",) * 12) as setup:
        until(lambda: setup.left() == 0)
    assert most == 3


def test_a_stop_lets_the_batch_under_way_end_and_takes_no_more() -> None:
    begun, going_on = threading.Event(), threading.Event()

    def wait(records: list[dict[str, Any]]) -> Any:
        begun.set()
        assert going_on.wait(10)

    executor = Recorder(wait)
    with running(executor, EventSourceMapping("Jobs", batch_size=1), concurrency=1, first=("a", "b", "c")) as setup:
        assert begun.wait(10)
        setup.poller.stop()
        going_on.set()
        setup.poller.close()
        assert setup.left() == 2
    assert len(executor.calls) == 1
