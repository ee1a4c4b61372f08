"""Rows of JSON lines and CSV: where they are in the file, and what is wrong with broken ones."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from modelet.batch import framing
from modelet.batch.framing import Row, read_header, rows_of

JSONL = (
    b'{"text": "a"}\n\n  \n{"text": 1}\r\n[2]\n{"text": \n{"text": NaN}\n'
    b'{"t": "\xff"}\n{"text": "\\ud800"}\n{"last": true}'
)
CSV = b'id,text\n1,plain\n2,"two\nlines, and ""quotes"""\n\n3\n4,"x"y\n5,fine\r\n6,"open\n'


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_json_lines(size: int) -> None:
    rows = list(rows_of(pieces(JSONL, size), "jsonl", 100))
    assert [row.values for row in rows] == [{"text": "a"}, {"text": 1}, None, None, None, None, None, {"last": True}]
    assert [row.line for row in rows] == [0, 3, 4, 5, 6, 7, 8, 9]
    assert [row.error.partition(":")[0] for row in rows[2:7]] == ["no JSON object", *4 * ["no JSON"]]
    assert all(JSONL[row.start - 100 : row.end - 100].strip() for row in rows)
    assert rows[2].raw == "[2]"
    assert rows[-1].end == 100 + len(JSONL)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_csv(size: int) -> None:
    names, start = read_header(pieces(CSV, size), 0)
    assert (names, start) == (["id", "text"], 8)
    rows = list(rows_of(pieces(CSV[start:], size), "csv", start, names))
    assert [row.values for row in rows] == [
        {"id": "1", "text": "plain"},
        {"id": "2", "text": 'two\nlines, and "quotes"'},
        None,
        None,
        {"id": "5", "text": "fine"},
        None,
    ]
    assert [row.line for row in rows] == [0, 1, 4, 5, 6, 7]
    assert rows[2].error == "1 fields; the header has 2"
    assert rows[3].error.startswith("no CSV: ")
    assert [row.unfinished for row in rows] == [*5 * [False], True]
    assert rows[-1].end == len(CSV)


def test_a_row_of_csv_is_what_the_standard_library_reads() -> None:
    out = io.StringIO()
    written = [[str(number), f'"{number}"\r\n, {"é" * number}'] for number in range(50)]
    csv.writer(out).writerows(written)
    rows = rows_of(pieces(out.getvalue().encode(), 13), "csv", 0, ["a", "b"])
    assert [list((row.values or {}).values()) for row in rows] == written


def test_bytes_that_are_no_utf8_break_their_row_only() -> None:
    rows = list(rows_of([b"1,a\n2,\xe9\n3,c\n"], "csv", 0, ["id", "text"]))
    assert [row.error for row in rows] == ["", "not UTF-8", ""]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_row_that_is_too_long_breaks_alone(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LONGEST_ROW", 100)
    good = json.dumps({"text": "a"}).encode() if form == "jsonl" else b"a"
    content = good + b"\n" + b"x" * 5_000 + b"\n" + good + b"\n"
    rows = list(rows_of(pieces(content, 64), "jsonl" if form == "jsonl" else "csv", 0, ["text"]))
    assert [row.values for row in rows] == [{"text": "a"}, None, {"text": "a"}]
    assert rows[1].error.endswith("16777216 bytes") or "more than" in rows[1].error
    assert len(rows[1].raw) <= framing.SHOWN
    assert (rows[1].start, rows[1].end) == (len(good) + 1, len(good) + 5_002)


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the header names column 'a' twice"):
        read_header([b"a,b,a\n1,2,3\n"], 0)
    assert read_header([b""], 0) == ([], 0)


def test_rows_are_equal_by_value() -> None:
    assert next(rows_of([b"{}\n"], "jsonl")) == Row(0, 3, 0, {})
