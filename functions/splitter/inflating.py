"""Plain text of files compressed by gzip, in chunks."""

import zlib
from collections.abc import Iterable, Iterator

from functions.splitter.kind import RefusedError

__all__ = ["Stream", "inflated"]

CHUNK = 1 << 20


def inflated(chunks: Iterable[bytes], key: str) -> Iterator[bytes]:
    """The text of a gzip stream, which may have several members (RFC 1952)."""
    inflater, within = zlib.decompressobj(wbits=31), False
    try:
        for chunk in chunks:
            while chunk:
                within = True
                yield inflater.decompress(chunk, CHUNK)
                chunk = inflater.unconsumed_tail
                if inflater.eof:
                    chunk, within = inflater.unused_data, False
                    inflater = zlib.decompressobj(wbits=31)
    except zlib.error as error:
        raise RefusedError(f"{key} is a broken gzip file: {error}") from None
    if within:
        raise RefusedError(f"{key} is a broken gzip file: it ends too soon")


class Stream:
    """Chunks as a file that can be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        taken = [self._rest]
        length = len(self._rest)
        while (size < 0 or length < size) and (chunk := next(self._chunks, None)) is not None:
            taken.append(chunk)
            length += len(chunk)
        content = b"".join(taken)
        self._rest = content[size:] if size >= 0 else b""
        return content[:size] if size >= 0 else content
