"""A job's end: what its parts leave is put together."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from tempfile import SpooledTemporaryFile

from pydantic_core import to_json

from modelet.batch.framing import lines_of
from modelet.batch.jobs import Done, Job
from modelet.batch.store import Book, Store
from modelet.batch.work import IN_MEMORY, failures_key, part_key
from modelet.errors import ModeletError

__all__ = ["FAILURES", "MANIFEST", "SUCCESS", "finish", "list_key"]

FAILURES, MANIFEST, SUCCESS = "_failures.jsonl", "_manifest.json", "_SUCCESS"


def list_key(job: Job) -> str:
    """Where the parts of a job are listed for who fetches them, until it has ended."""
    return f"{job.results}_parts/list.json"


def finish(job: Job, ledger: Book, bucket: Store) -> None:
    """Write failures, manifest and _SUCCESS, and end the job. Twice is fine: the files come out the same."""
    if ledger.progress(job.id).state == "succeeded":
        return
    parts = list(ledger.parts(job.id))
    _check(job, parts)
    if bucket.facts(job.results + SUCCESS) is None:
        _write(job, parts, bucket)
    for done in (one for one in parts if one.failed):
        bucket.delete(failures_key(job, done))
    bucket.delete(list_key(job))
    if job.plain:
        bucket.delete(job.plain.key)
    ledger.end(job.id, "succeeded")


def _write(job: Job, parts: list[Done], bucket: Store) -> None:
    with SpooledTemporaryFile(IN_MEMORY) as failures:
        failures.writelines(_failures(job, parts, bucket))
        failures.seek(0)
        bucket.put(job.results + FAILURES, failures)
    bucket.put(job.results + MANIFEST, BytesIO(_manifest(job, parts)))
    bucket.put(job.results + SUCCESS, BytesIO())


def _check(job: Job, parts: list[Done]) -> None:
    """Raise ModeletError unless each part begins where the one before it ended."""
    end = job.begin
    for done in parts:
        if done.start != end:
            raise ModeletError(
                f"job {job.id}: part {done.name} begins at byte {done.start}, the one before ends at {end}"
            )
        end = done.end


def _failures(job: Job, parts: list[Done], bucket: Store) -> Iterator[bytes]:
    """Failed rows with the numbers of their lines in the whole file, from 1."""
    before = 1 + job.lines_before
    for done in parts:
        if done.failed:
            for line in lines_of(bucket.read(failures_key(job, done))):
                number, _, rest = line.content.partition(b",")
                yield b'{"line":%d,%s\n' % (before + int(number.removeprefix(b'{"line":')), rest)
        before += done.lines


def _manifest(job: Job, parts: list[Done]) -> bytes:
    rows, failed = sum(one.rows for one in parts), sum(one.failed for one in parts)
    about = {
        "job": job.id,
        "task": job.task,
        "source": job.source.model_dump(exclude_none=True),
        "bundles": dict(Counter(one.bundle for one in parts)),  # several, if one was deployed meanwhile
        "parameters": job.parameters,
        "rows": rows,
        "failed": failed,
        "seconds": round(sum(one.seconds for one in parts), 3),
        "created": job.created,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": [
            {
                "file": part_key(job, one.name).removeprefix(job.results),
                "rows": one.rows,
                "start": one.start,
                "end": one.end,
            }
            for one in parts
        ],
    }
    return to_json(about, indent=1) + b"\n"
