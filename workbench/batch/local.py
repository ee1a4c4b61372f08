"""A job on this machine: a process for each core, and results in a folder. Interrupted, it goes on where it was."""

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from functions.splitter.inflating import Stream, inflated
from functions.splitter.kind import HEAD, kind_of
from functions.splitter.planning import parts_of, planned
from modelet.batch.finish import SUCCESS, finish
from modelet.batch.framing import Format
from modelet.batch.jobs import Done, Job, Part, Source, job_id
from modelet.batch.store import CHUNK
from modelet.batch.work import answer_part, part_key, write_part
from modelet.manifest import Manifest
from modelet.operation import Operation
from workbench.batch.folder import HIDDEN, Folder, FolderLedger
from workbench.batch.operations import open_rows
from workbench.batch.parquet import is_parquet, to_json_lines
from workbench.local.errors import LocalError
from workbench.packager.cache import locked
from workbench.progress import task_progress

__all__ = ["Outcome", "run_here"]

JOB_FILE = "_job.json"
PLAIN = f"{HIDDEN}/plain"
PART_BYTES = 256 << 10
JSON_LINES: Format = "jsonl"  # what Parquet becomes


@dataclass(frozen=True)
class Outcome:
    """A finished job; `anew` is False if it had been finished before."""

    job: Job
    parts: list[Done]
    anew: bool


def run_here(
    task: str, manifest: Manifest, file: Path, out: Path, parameters: Mapping[str, Any], processes: int
) -> Outcome:
    """Answer the rows of `file` into the folder `out`, or go on where a run of the same job was stopped.

    Raises LocalError if `out` is another job's, RefusedError if no job can be made of the file.
    """
    out.mkdir(parents=True, exist_ok=True)
    with locked(f"batch-{file.name}"):
        folder = Folder(out)
        job = _begun(folder, task, manifest, file, parameters)
        ledger = FolderLedger(folder)
        if anew := not (out / SUCCESS).exists():
            _answer(job, folder, ledger, processes)
            finish(job, ledger, folder)
        return Outcome(job, ledger.parts(job.id), anew)


def _begun(folder: Folder, task: str, manifest: Manifest, file: Path, parameters: Mapping[str, Any]) -> Job:
    """The job that lies in `folder`, begun if there is none."""
    status = file.stat()
    source = Source(
        bucket="", key=str(file.resolve()), etag=f"{status.st_size}-{status.st_mtime_ns}", size=status.st_size
    )
    name = job_id(source, task, manifest.digest, json.dumps(parameters, sort_keys=True))
    path = folder.path / JOB_FILE
    if path.exists():
        job = Job.model_validate_json(path.read_bytes())
        if job.id != name:
            raise LocalError(
                f"{folder.path} has the results of another job ({job.task}, {job.source.key}); name another"
            )
        return job
    if any(one.name != HIDDEN and not one.name.startswith(f".{JOB_FILE}") for one in folder.path.iterdir()):
        raise LocalError(f"{folder.path} is not empty; name another folder")
    job = _planned(folder, name, task, manifest, source, parameters)
    folder.put(JOB_FILE, BytesIO(job.model_dump_json(indent=1).encode()))
    return job


def _planned(
    folder: Folder, name: str, task: str, manifest: Manifest, source: Source, parameters: Mapping[str, Any]
) -> Job:
    path = Path(source.key)
    plain, form = None, JSON_LINES
    if is_parquet(path):
        plain = _plain(folder, source, to_json_lines(path))
    else:
        kind = kind_of(path.name, b"".join(_read(path, 0, min(HEAD, source.size))))
        form = kind.format
        if kind.gzip:
            plain = _plain(folder, source, inflated(_read(path, 0, source.size), path.name))
    read = partial(_read, Path((plain or source).key))
    return planned(
        name,
        task,
        manifest.digest,
        source,
        plain,
        form,
        read,
        part_bytes=PART_BYTES,
        results="",
        parameters=parameters,
    )


def _plain(folder: Folder, source: Source, lines: Iterator[bytes]) -> Source:
    """A copy of the source as plain text."""
    folder.put(PLAIN, Stream(lines))
    copy = (folder.path / PLAIN).resolve()
    return source.model_copy(update={"key": str(copy), "size": copy.stat().st_size})


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (chunk := file.read(min(CHUNK, end - start))):
            start += len(chunk)
            yield chunk


def _answer(job: Job, folder: Folder, ledger: FolderLedger, processes: int) -> None:
    """Have all parts answered that are not there yet."""
    there = {done.start: done.end for done in ledger.parts(job.id)}
    with task_progress(f"{job.task}: {Path(job.source.key).name}", job.data.size - job.begin, "bytes") as bar:
        bar.update(done := sum(end - start for start, end in there.items()))
        parts = parts_of(job, partial(_read, Path(job.data.key)), scan=True)
        todo = (part for part in parts if not _covers(there, part))
        for answered in _pooled(job, folder, todo, processes):
            done += answered
            bar.update(done)


def _covers(there: Mapping[int, int], part: Part) -> bool:
    """Whether files that begin and end so have all of a part: where its answers are very long, it has several."""
    position = part.start
    while position < part.end and position in there:
        position = there[position]
    return position >= part.end


def _pooled(job: Job, folder: Folder, parts: Iterator[Part], processes: int) -> Iterator[int]:
    with _pool(job.task, processes) as pool:
        pending: set[Future[int]] = set()
        while True:
            pending |= {pool.submit(_work, job, folder, part) for part in islice(parts, 2 * processes - len(pending))}
            if not pending:
                return
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in finished)


@contextmanager
def _pool(task: str, processes: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _open, (task,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _open(task: str) -> None:
    """In a process of the pool: the parent alone hears Ctrl-C, and lets the parts under way end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(MODELET_THREADS="1", MODELET_METRICS="false", POWERTOOLS_LOG_LEVEL="CRITICAL")
    _operation(task)


@cache
def _operation(task: str) -> Operation[Any, Any, Any, Any]:
    return open_rows(task)


def _work(job: Job, folder: Folder, part: Part) -> int:
    """Answer a part, in as many files as that takes; the bytes of it that no file had."""
    count, rest = 0, part
    while True:
        facts = folder.facts(part_key(job, rest.name))
        done = _written(job, folder, rest) if facts is None else Done.of_facts(facts)
        count += done.end - done.start if facts is None else 0
        if done.end >= part.end:
            return count
        rest = rest.rest(done.end)


def _written(job: Job, folder: Folder, part: Part) -> Done:
    chunks = _read(Path(job.data.key), part.start, part.end)
    with answer_part(_operation(job.task), job, part, chunks, lambda: float("inf")) as answered:
        write_part(folder, job, answered)
        return answered.done
