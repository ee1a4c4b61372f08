"""Where a job's files and records go, whatever keeps them: S3 and DynamoDB, or a folder."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from modelet.batch.jobs import Done, Progress, State

__all__ = ["CHUNK", "Book", "Readable", "Store"]

CHUNK = 1 << 20  # bytes that are read at once


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Store(Protocol):
    """A bucket of results, as it is asked here."""

    def put_once(self, key: str, body: Readable, facts: Mapping[str, str]) -> bool: ...
    def put(self, key: str, body: Readable) -> None: ...
    def facts(self, key: str) -> Mapping[str, str] | None: ...
    def read(self, key: str) -> Iterator[bytes]: ...
    def delete(self, key: str) -> None: ...


class Book(Protocol):
    """A ledger, as it is asked here."""

    def parts(self, name: str) -> Iterable[Done]: ...
    def progress(self, name: str) -> Progress: ...
    def end(self, name: str, state: State) -> None: ...
