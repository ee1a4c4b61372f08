"""The pipe that a function writes its log to."""

import os
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

__all__ = ["FunctionLog"]


class FunctionLog:
    """Hands each line to `sink` as it comes, and keeps those of the current call.

    `descriptor` is the end to write to. A line of ours marks where a call ends, so nothing of it can come late; it is
    random, so that no function writes it.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._mark = b"\0" + os.urandom(16).hex().encode() + b"\n"
        self._kept: SimpleQueue[str | None] = SimpleQueue()
        self._reader, self.descriptor = os.pipe()
        self._thread = Thread(target=self._pump, name="function log", daemon=True)
        self._thread.start()

    def take(self) -> str:
        """What the function wrote since the last call of this."""
        os.write(self.descriptor, self._mark)
        return "".join(iter(self._kept.get, None))

    def close(self, timeout: float = 5) -> None:
        """Wait until every process that writes here has ended, but no longer than `timeout` seconds."""
        os.close(self.descriptor)
        self._thread.join(timeout)

    def _pump(self) -> None:
        with open(self._reader, "rb") as lines:
            for line in lines:
                if text := line.removesuffix(self._mark).decode(errors="replace"):
                    self._kept.put(text)
                    with suppress(OSError, ValueError):  # a terminal that is gone must not stop the function
                        self._sink(text.rstrip("\n"))
                if line.endswith(self._mark):
                    self._kept.put(None)
