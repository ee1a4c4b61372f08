"""Waiting for what takes its time, and doing harm meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from workbench.cloud.stack import Stack

__all__ = ["kill", "meanwhile", "patient", "runtimes"]


def patient(progress: Callable[[], object], done: Callable[[], bool], pause: float, seconds: float) -> None:
    """Wait until it is done; fails when `progress` stays the same for so many seconds."""
    before, deadline = progress(), time.monotonic() + seconds
    while not done():
        if (now := progress()) != before:
            before, deadline = now, time.monotonic() + seconds
        assert time.monotonic() < deadline, f"nothing new in {seconds} s after {before}"
        time.sleep(pause)


@contextmanager
def meanwhile(harm: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do harm in a thread while the block runs; it ends when the event is set."""
    done = threading.Event()
    thread = threading.Thread(target=harm, args=(done,))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def runtimes(stack: Stack) -> list[int]:
    """The process ids of the environments that live."""
    return [one.runtime_pid for one in stack.executor.environments() if one.alive and one.runtime_pid]


def kill(pids: Sequence[int], killed: list[int]) -> None:
    """Kill processes; those that were still there are added to `killed`."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
