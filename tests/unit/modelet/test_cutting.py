"""A file is cut between rows only, wherever the cuts fall, and without reading all of it."""

import csv
import io
import json
import random
from collections.abc import Iterator
from typing import Literal

import pytest

from modelet.batch import cutting
from modelet.batch.cutting import cuts
from modelet.batch.framing import rows_of

WORDS = ("plain", 'with "quotes"', "a, comma", "line\nbreak", "", "é", '"', '","', "\n\n", "x,y\nz,w")


class File:
    """A file, and how much of it was read."""

    def __init__(self, content: bytes) -> None:
        self.content, self.taken = content, 0

    def read(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, 512):
            chunk = self.content[at : min(at + 512, end)]
            self.taken += len(chunk)
            yield chunk


def table(rows: int, seed: int, *, quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    chosen = random.Random(seed)
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=chosen.choice(["\n", "\r\n"]))
    for number in range(rows):
        writer.writerow([number, " ".join(chosen.choices(WORDS, k=chosen.randrange(1, 8))), chosen.choice(WORDS)])
    return out.getvalue().encode()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_rows_of_csv_stay_whole_wherever_the_cuts_fall(
    seed: int, quoting: Literal[0, 1], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "WINDOW", 200)
    monkeypatch.setattr(cutting, "WIDEST", 800)
    content = table(400, seed, quoting=quoting)
    file, header = File(content), ["id", "text", "more"]
    expected = [row.values for row in rows_of([content], "csv", 0, header)]
    assert len(expected) == 400
    for part_bytes in (100, 333, 1000):
        ranges = list(cuts(file.read, "csv", 0, len(content), part_bytes, len(header)))
        assert [end for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]
        assert ranges[0][0] == 0
        assert ranges[-1][1] == len(content)
        found = [row for start, end in ranges for row in rows_of(file.read(start, end), "csv", start, header)]
        assert [row.values for row in found] == expected


def test_a_scan_gives_the_same_rows() -> None:
    content = table(300, 1)
    ranges = list(cuts(File(content).read, "csv", 0, len(content), 500, 3, scan=True))
    assert len(ranges) > 5
    rows = [row.values for start, end in ranges for row in rows_of([content[start:end]], "csv", start, ["a", "b", "c"])]
    assert rows == [row.values for row in rows_of([content], "csv", 0, ["a", "b", "c"])]


def test_lines_of_json_are_cut_where_they_end() -> None:
    lines = [json.dumps({"id": number, "text": "x" * (number % 90)}).encode() + b"\n" for number in range(500)]
    content = b"".join(lines)
    ranges = list(cuts(File(content).read, "jsonl", 0, len(content), 777))
    assert b"".join(content[start:end] for start, end in ranges) == content
    assert all(content[start:end].endswith(b"\n") for start, end in ranges)
    assert all(end - start < 777 + 150 for start, end in ranges)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_little_of_a_large_file_is_read(form: str) -> None:
    row = b'{"text": "some words of a row"}\n' if form == "jsonl" else b'17,"some words, of a row",plain\n'
    file = File(row * 1_000_000)
    size = len(file.content)
    ranges = list(cuts(file.read, "jsonl" if form == "jsonl" else "csv", 0, size, size // 20, 3))
    assert 20 <= len(ranges) <= 21
    assert file.taken < size / 10


def test_a_line_longer_than_parts_is_a_part() -> None:
    content = b"[1]\n" + b"x" * 300_000 + b"\n[2]\n"
    assert list(cuts(File(content).read, "jsonl", 0, len(content), 100)) == [(0, 300_005), (300_005, 300_009)]


def test_an_empty_file_has_no_parts() -> None:
    assert not list(cuts(File(b"").read, "jsonl", 0, 0, 100))
