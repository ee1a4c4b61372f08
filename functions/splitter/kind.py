"""What a file holds, by its name and first bytes."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from modelet.batch.cutting import Read
from modelet.batch.framing import Format, read_header

__all__ = ["HEAD", "Kind", "Layout", "RefusedError", "kind_of", "layout_of"]

HEAD = 16384  # bytes that are looked at
MOST_BROKEN = 0.1  # of the lines there
BOM = b"\xef\xbb\xbf"
_FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_GZIP = b"\x1f\x8b"
# https://www.garykessler.net/library/file_sigs.html, https://parquet.apache.org/docs/file-format/
_OTHERS = {
    b"PAR1": "Parquet, which `modelet batch submit` converts",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "a zip archive",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class RefusedError(Exception):
    """A file that no job can be made of; the message says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows in a format, perhaps compressed by gzip."""

    format: Format
    gzip: bool


def kind_of(key: str, head: bytes) -> Kind:
    """The kind of a file that begins with `head`. Raises RefusedError."""
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise RefusedError(f"{key} is {name}; give JSON lines or CSV in UTF-8, plain or compressed by gzip")
    suffixes = [one.lower() for one in PurePosixPath(key).suffixes]
    suffix = next((one for one in reversed(suffixes) if one != ".gz"), "")
    if suffix not in _FORMATS:
        raise RefusedError(f"{key} does not end with {', '.join(_FORMATS)} or one of these and .gz")
    return Kind(_FORMATS[suffix], head.startswith(_GZIP))


@dataclass(frozen=True, slots=True)
class Layout:
    """A CSV file's columns, where the first row begins, and how many lines are before it."""

    header: list[str]
    begin: int
    lines_before: int


def layout_of(key: str, form: Format, read: Read, size: int) -> Layout:
    """The layout of a plain file. Raises RefusedError if it is not UTF-8, or its header names a column twice."""
    start = _first_byte(b"".join(read(0, min(HEAD, size))), key)
    if form == "jsonl":
        return Layout([], start, 0)
    try:
        header, begin = read_header(read(start, size), start)
    except ValueError as error:
        raise RefusedError(f"{key}: {error}") from None
    return Layout(header, begin, sum(chunk.count(b"\n") for chunk in read(start, begin)))


def _first_byte(head: bytes, key: str) -> int:
    """Where the text begins: behind a byte order mark. Raises RefusedError unless it is UTF-8.

    A few rows may be broken; where many are, the file is in another encoding.
    """
    start = len(BOM) if head.startswith(BOM) else 0
    lines = head[start:].split(b"\n")
    whole = lines[:-1] or lines
    broken = sum(not _readable(line) for line in whole)
    if broken > MOST_BROKEN * len(whole):
        raise RefusedError(f"{key} is not UTF-8 but perhaps Windows-1252: {broken} of its first {len(whole)} lines")
    return start


def _readable(line: bytes) -> bool:
    try:
        return "\x00" not in line.decode()
    except UnicodeDecodeError:
        return False
