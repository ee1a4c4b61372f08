"""A job's files and records in a folder, where a cloud has a bucket and a table."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from modelet.batch.finish import SUCCESS
from modelet.batch.jobs import Done, Progress, State
from modelet.batch.store import CHUNK, Readable

__all__ = ["Folder", "FolderLedger"]

FACTS = ".facts.json"
HIDDEN = "_parts"  # a folder of what only the job itself needs


class Folder:
    """Stands for `modelet.batch.storage.Bucket`. Files are written aside and renamed: each is whole, or not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put_once(self, key: str, body: Readable, facts: Mapping[str, str]) -> bool:
        """Write a file with `facts` about it, unless there is one. One process at a time writes a key."""
        if (self.path / key).exists():
            return False
        self.put(self._facts(key), BytesIO(json.dumps(dict(facts)).encode()))
        self.put(key, body)
        return True

    def put(self, key: str, body: Readable) -> None:
        path = self.path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        with aside.open("wb") as file:
            shutil.copyfileobj(body, file, CHUNK)
        aside.replace(path)

    def facts(self, key: str) -> Mapping[str, str] | None:
        if not (self.path / key).exists():
            return None
        told = self.path / self._facts(key)
        facts: Mapping[str, str] = json.loads(told.read_bytes()) if told.exists() else {}
        return facts

    def read(self, key: str) -> Iterator[bytes]:
        with (self.path / key).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def delete(self, key: str) -> None:
        (self.path / key).unlink(missing_ok=True)

    def _facts(self, key: str) -> str:
        return f"{HIDDEN}/{key}{FACTS}"


class FolderLedger:
    """Stands for `modelet.batch.ledger.Ledger` of one job: what is answered is what lies in its folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def parts(self, name: str) -> list[Done]:
        paths = (self._folder.path / HIDDEN).glob(f"part-*{FACTS}")
        keys = [path.name.removesuffix(FACTS) for path in paths]
        found = [facts for key in keys if (facts := self._folder.facts(key))]
        return sorted((Done.of_facts(facts) for facts in found), key=lambda done: done.start)

    def progress(self, name: str) -> Progress:
        return Progress(state="succeeded" if (self._folder.path / SUCCESS).exists() else "running")

    def end(self, name: str, state: State, error: str = "") -> None:
        """_SUCCESS says it."""
