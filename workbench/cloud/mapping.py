"""The event source mapping of a queue: receives batches, invokes the function, deletes what it answered.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (polling and batching) and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (failures and throttling).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workbench.cloud.records import batches, failed_ids, to_record
from workbench.local.errors import FunctionError, ThrottledError
from workbench.local.event_source import EventSourceMapping
from workbench.local.executor import Executor
from workbench.local.template import Function

__all__ = ["Poller", "Queue"]

_SQS_BATCH = 10  # most that SQS receives or deletes at once
_LONG_POLL_S = 1  # as long as a stop may have to wait; AWS polls for 20 s
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as the mapping needs it; visibility_timeout is in seconds."""

    url: str
    arn: str
    visibility_timeout: int


class Poller:
    """One mapping, at work from `start` to `close`, in `concurrency` threads.

    Each receives a batch, has it answered and receives the next. A batch that fails stays in its queue until the
    visibility timeout ends; `log` is told why, unless the executor did.
    """

    def __init__(
        self,
        function: Function,
        mapping: EventSourceMapping,
        queue: Queue,
        sqs: Any,
        executor: Executor,
        *,
        concurrency: int,
        log: Callable[[Function, str], None],
    ) -> None:
        self.function = function
        self.mapping = mapping
        self.queue = queue
        self._sqs = sqs
        self._executor = executor
        self._log = log
        self._stopping = threading.Event()
        name = f"poller of {function.logical_id}"
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(concurrency)]

    def start(self) -> None:
        """Begin to receive."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping.set()

    def close(self, patience: float = 60) -> None:
        """Stop, and wait for the batches that are with the function, for `patience` seconds at most."""
        self.stop()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _run(self) -> None:
        while not self._stopping.is_set():
            for batch in batches(self._received()):
                self._process(batch)

    def _received(self) -> list[dict[str, Any]]:
        try:
            return self._receive()
        except Exception as error:  # whatever went wrong, the thread must go on
            self._tell(f"cannot receive: {error}")
            self._stopping.wait(_LAST_PAUSE_S)
            return []

    def _receive(self) -> list[dict[str, Any]]:
        """The records of one batch: all that come until it is full, or its window is over."""
        size, records = self.mapping.batch_size, self._receive_some(self.mapping.batch_size)
        deadline = time.monotonic() + self.mapping.window
        while records and len(records) < size and time.monotonic() < deadline and not self._stopping.is_set():
            records += self._receive_some(size - len(records))
        return records

    def _receive_some(self, most: int) -> list[dict[str, Any]]:
        reply = self._sqs.receive_message(
            QueueUrl=self.queue.url,
            MaxNumberOfMessages=min(most, _SQS_BATCH),
            WaitTimeSeconds=_LONG_POLL_S,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [to_record(message, self.queue.arn) for message in reply.get("Messages", [])]

    def _process(self, records: Sequence[dict[str, Any]]) -> None:
        try:
            answer = self._invoke({"Records": list(records)})
            failed = self._failed(answer, records)
            self._delete(record for record in records if record["messageId"] not in failed)
        except Exception as error:  # whatever went wrong, the messages are not deleted
            if type(error) is not FunctionError:  # the executor told of those
                self._tell(f"a batch of {len(records)} failed: {error}")

    def _failed(self, answer: Any, records: Sequence[dict[str, Any]]) -> Set[str]:
        """The ids of the messages that are to come again."""
        ids = {record["messageId"] for record in records}
        return failed_ids(answer, ids) if self.mapping.reports_failures else set()

    def _invoke(self, event: dict[str, Any]) -> Any:
        """The function's answer; a throttled batch goes again, ever more slowly, while its messages are invisible."""
        deadline, pause = time.monotonic() + self.queue.visibility_timeout, _FIRST_PAUSE_S
        while True:
            try:
                return self._executor.invoke(self.function, event)
            except ThrottledError:
                if time.monotonic() + pause > deadline or self._stopping.wait(pause):
                    raise
                pause = min(2 * pause, _LAST_PAUSE_S)

    def _delete(self, records: Iterable[dict[str, Any]]) -> None:
        answered = iter(records)
        while some := list(islice(answered, _SQS_BATCH)):
            entries = [{"Id": str(i), "ReceiptHandle": record["receiptHandle"]} for i, record in enumerate(some)]
            reply = self._sqs.delete_message_batch(QueueUrl=self.queue.url, Entries=entries)
            for failure in reply.get("Failed", []):
                self._tell(f"message {some[int(failure['Id'])]['messageId']} cannot be deleted: {failure['Message']}")

    def _tell(self, text: str) -> None:
        if not self._stopping.is_set():
            self._log(self.function, text)
