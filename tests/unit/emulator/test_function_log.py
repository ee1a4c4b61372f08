"""The pipe of a function's log: whole lines to the sink, and each call its own."""

import os
import time

from workbench.emulator.function_log import FunctionLog


def test_lines_are_kept_for_the_call_that_wrote_them() -> None:
    seen: list[str] = []
    log = FunctionLog(seen.append)
    os.write(log.descriptor, b"one\ntw")
    os.write(log.descriptor, b"o\nno end")
    assert log.take() == "one\ntwo\nno end"
    assert log.take() == ""
    os.write(log.descriptor, "ünd \udcff\n".encode(errors="surrogateescape"))
    assert log.take() == "ünd \ufffd\n"
    log.close()
    assert seen == ["one", "two", "no end", "ünd \ufffd"]


def test_a_function_cannot_end_its_call_by_what_it_writes() -> None:
    log = FunctionLog(lambda line: None)
    os.write(log.descriptor, b"one\0\ntwo\n")
    assert log.take() == "one\0\ntwo\n"
    log.close()


def test_closing_waits_for_a_writer_that_stays_no_longer_than_told() -> None:
    seen: list[str] = []
    log = FunctionLog(seen.append)
    other = os.dup(log.descriptor)
    log.close(timeout=0.01)
    os.write(other, b"late\n")
    os.close(other)
    deadline = time.monotonic() + 5
    while not seen and time.monotonic() < deadline:
        time.sleep(0.001)
    assert seen == ["late"]


def test_more_than_a_pipe_holds() -> None:
    log = FunctionLog(lambda line: None)
    os.write(log.descriptor, b"x" * 999_999 + b"\n")
    assert len(log.take()) == 1_000_000
    log.close()


def test_a_sink_that_is_gone_loses_no_line_of_a_call() -> None:
    def gone(line: str) -> None:
        raise BrokenPipeError

    log = FunctionLog(gone)
    os.write(log.descriptor, b"one\ntwo\n")
    assert log.take() == "one\ntwo\n"
    log.close()
