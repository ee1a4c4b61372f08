"""The measured process: imports a handler, answers one event, and writes how long each step took.

Run by path in a fresh interpreter, as `probe.py HANDLER EVENT_FILE RESULT_FILE [MODULE:CLASS.METHOD ...]`. It imports
no more of the standard library than the runtime client of AWS does, and times the named methods by wrapping them.
"""

import time

begun = time.monotonic()

import importlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from functools import wraps  # noqa: E402
from typing import Any  # noqa: E402

__all__ = ["MARK", "time_method"]

MARK = "coldstart: mark"  # said on stderr before and after INIT, among what `-X importtime` says there


class Context:
    """What Powertools asks of the context object."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"
    function_name = "coldstart"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:coldstart"
    memory_limit_in_mb = "1769"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def time_method(name: str, spans: dict[str, float]) -> None:
    """Wrap `module:Class.method` so that the seconds of each call are added to `spans`."""
    module, _, path = name.partition(":")
    owner_name, _, attribute = path.partition(".")
    owner = getattr(importlib.import_module(module), owner_name)
    original = owner.__dict__[attribute]
    bound_to_class = isinstance(original, classmethod)
    call: Callable[..., Any] = original.__func__ if bound_to_class else original

    @wraps(call)
    def timed(*arguments: Any, **options: Any) -> Any:
        start = time.monotonic()
        try:
            return call(*arguments, **options)
        finally:
            spans[name] = spans.get(name, 0.0) + time.monotonic() - start

    setattr(owner, attribute, classmethod(timed) if bound_to_class else timed)


def main(handler: str, event_file: str, result_file: str, methods: Sequence[str]) -> None:
    """Take the steps of a cold start; times are seconds of the system's monotonic clock."""
    spans: dict[str, float] = {}
    with open(event_file, encoding="utf-8") as file:
        event = json.load(file)
    print(MARK, file=sys.stderr, flush=True)
    start = time.monotonic()
    module, _, name = handler.rpartition(".")
    importlib.import_module(module.partition(".")[0])
    for method in methods:
        time_method(method, spans)
    handle = getattr(importlib.import_module(module), name)
    imported = time.monotonic()
    print(MARK, file=sys.stderr, flush=True)
    answering = time.monotonic()
    returned = handle(event, Context())
    answered = time.monotonic()
    result = {
        "begun": begun,
        "import": imported - start,
        "answer": answered - answering,
        "answered": answered,
        "returned": returned,
        "spans": spans,
    }
    with open(result_file, "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
