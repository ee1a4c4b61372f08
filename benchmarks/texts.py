"""Rows for batch jobs."""

import json
from collections.abc import Iterator

from benchmarks.environment import ROOT

__all__ = ["lines"]

TEXTS = ROOT / "workbench" / "packager" / "texts" / "calibration.txt"


def lines(count: int) -> Iterator[bytes]:
    """JSON lines of real sentences, each another."""
    texts = TEXTS.read_text(encoding="utf-8").splitlines()
    for number in range(count):
        yield json.dumps({"id": number, "text": f"{texts[number % len(texts)]} {number}"}).encode() + b"\n"
