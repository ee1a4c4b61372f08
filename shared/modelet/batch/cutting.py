"""Where a file can be cut into parts of whole rows, without reading all of it.

A line break of JSON lines always ends a row. One of CSV may stand between quotes, and what is before it decides: from
any place on, the text is read as if between quotes and as if not, and one of the two breaks the rules of RFC 4180 soon
(compare Mühlbauer et al., 2013, https://www.vldb.org/pvldb/vol6/p1702-muehlbauer.pdf). Where that tells nothing the
part is read from its beginning; and whoever answers a part sees whether it ends inside a row.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from modelet.batch.framing import Format, rows_of

__all__ = ["Read", "cuts"]

Read = Callable[[int, int], Iterable[bytes]]  # bytes [start, end) of the file in chunks

WINDOW = 64 << 10  # bytes
WIDEST = 1 << 20
_SPECIAL = re.compile(rb'[",\n]')
_BLANK = (b"", b"\r")
_State = Literal["field", "quoted", "closed"]  # at the beginning of one or within it, between quotes, behind them


def cuts(
    read: Read, form: Format, start: int, size: int, part_bytes: int, columns: int = 0, *, scan: bool = False
) -> Iterator[tuple[int, int]]:
    """Ranges [start, end) of whole rows, of about `part_bytes`, that cover bytes [start, size).

    `columns` are those of a CSV file. `scan` reads all of such a file.
    """
    while start < size:
        aim = start + part_bytes
        end: int | None = size
        if aim < size and form == "jsonl":
            end = _line_end(read, aim - 1, size)
        elif aim < size:
            end = None if scan else _row_end(read, aim, size, columns)
        if end is None:
            end = _read_through(read, form, start, aim, size)
        yield start, end
        start = end


def _line_end(read: Read, start: int, size: int) -> int:
    for chunk in _windows(read, start, size):
        if (found := chunk.find(b"\n")) >= 0:
            return start + found + 1
        start += len(chunk)
    return size


def _windows(read: Read, start: int, size: int) -> Iterator[bytes]:
    width = WINDOW
    while start < size:
        window = b"".join(read(start, min(start + width, size)))
        yield window
        start, width = start + len(window), WIDEST


def _read_through(read: Read, form: Format, start: int, aim: int, size: int) -> int:
    """The end of the first row that ends at `aim` or behind it."""
    return next((row.end for row in rows_of(read(start, size), form, start) if row.end >= aim), size)


def _row_end(read: Read, start: int, size: int, columns: int) -> int | None:
    """Where the row that byte `start` is in ends; None if what follows does not tell."""
    for width in (WINDOW, WIDEST):
        window = b"".join(read(start, min(start + width, size)))
        ends = [end for quoted in (False, True) if (end := _first_end(window, columns, quoted=quoted)) is not None]
        if len(ends) == 1:
            return start + ends[0]
        if ends and b'"' not in window:  # the whole window would be one field
            return start + ends[0]
    return None


def _first_end(window: bytes, columns: int, *, quoted: bool) -> int | None:
    """The first end of a row if the window begins between quotes, or does not; None if it cannot so begin, or has none.

    The row that it begins in may have any number of columns, those that end later must have `columns`.
    """
    state: _State = "quoted" if quoted else "field"
    fields, first = 0, None
    for gap, mark, end in _marks(window):
        after = _next(state, gap, mark)
        if after is None:
            return None
        if after == "field":
            fields += 1
        if after == "field" and mark == b"\n":
            blank = fields == 1 and gap in _BLANK and state == "field"
            if first is None:
                first = end
            elif fields != columns and not blank:
                return None
            fields = 0
        state = after
    return first


def _marks(window: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Quotes, commas and line breaks: what stands before each since the last, the mark, and where it ends."""
    before = 0
    for match in _SPECIAL.finditer(window):
        yield window[before : match.start()], match.group(), match.end()
        before = match.end()


def _next(state: _State, gap: bytes, mark: bytes) -> _State | None:
    """The state after `gap` and `mark`; None if RFC 4180 does not allow them there."""
    match state, mark:
        case "quoted", b'"':
            return "closed"
        case "quoted", _:
            return "quoted"
        case "closed" | "field", b'"':
            return None if gap else "quoted"
        case "closed", b"\n":
            return "field" if gap in _BLANK else None
        case "closed", _:
            return None if gap else "field"
    return "field"
