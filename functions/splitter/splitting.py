"""A file to a job: what it holds, where it is cut, and who is told of the parts."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from functions.splitter.inflating import Stream, inflated
from functions.splitter.kind import HEAD, RefusedError, kind_of
from functions.splitter.planning import ERROR, HOLD, PARAMETERS, SCAN, parts_of, planned, settings_of
from modelet.batch.aws import client
from modelet.batch.finish import finish, list_key
from modelet.batch.jobs import Job, Part, Source, job_id, service_name
from modelet.batch.ledger import Ledger
from modelet.batch.storage import Bucket, find_source, read_range
from modelet.errors import ModeletError
from modelet.manifest import MANIFEST_FILE, Manifest
from modelet.settings import Settings

__all__ = ["HeldError", "Splitter"]

OWNER = "_job"  # a mark in a job's folder of results
TIMEOUT = 300.0  # seconds of a worker's; a part is to take a third
RATE = 10_000.0  # bytes a second, until one was measured
PART_BYTES = range(16 << 10, (64 << 20) + 1)
MESSAGES = 10  # that SQS takes at once


class HeldError(ModeletError):
    """A file becomes a job when the splitter is invoked for it, not when it is created."""


class Splitter:
    """Makes jobs of files. Twice is fine: the same file, bundle and parameters are the same job, cut the same way."""

    def __init__(self, settings: Settings, functions: Path) -> None:
        self._s3, self._sqs = client("s3"), client("sqs")
        self._ledger = Ledger(settings.jobs_table, client("dynamodb"))
        self._bucket = Bucket(settings.results_bucket, self._s3)
        self._queues, self._functions = settings.part_queues, functions

    def split(self, bucket: str, key: str, version: str | None) -> str:
        """Begin the job of a file and send out its parts; its id.

        Raises HeldError for a file that is not to be begun so, and RefusedError for what no job can be made of.
        """
        source, metadata = find_source(self._s3, bucket, key, version)
        if metadata.get(HOLD) == "true":
            raise HeldError(f"{key} waits until the splitter is invoked for it")
        job = self._begun(source, metadata)
        progress = self._ledger.progress(job.id)
        if not progress.queued and progress.state == "running":
            self._send(job, self._parts(job, metadata))
            self._ledger.send_out(job.id, job.data.size - job.begin, queued=True)
        self._finish(job)
        return job.id

    def list_parts(self, bucket: str, key: str, version: str | None) -> dict[str, str]:
        """Begin the job of a file and list its parts: what `look` says, and where the list is until it has ended.

        Raises RefusedError.
        """
        source, metadata = find_source(self._s3, bucket, key, version)
        job = self._begun(source, metadata)
        if self._ledger.progress(job.id).state == "running":
            listed = json.dumps([part.model_dump() for part in self._parts(job, metadata)])
            self._bucket.put(list_key(job), BytesIO(listed.encode()))
            self._ledger.send_out(job.id, job.data.size - job.begin, queued=False)
        self._finish(job)
        return self.look(job.id) | {"bucket": self._bucket.name, "key": list_key(job)}

    def look(self, name: str) -> dict[str, str]:
        """A job, its state, and why it failed. Raises LookupError."""
        progress = self._ledger.progress(name)
        return {"job": name, "state": progress.state, "error": progress.error}

    def _begun(self, source: Source, metadata: Mapping[str, str]) -> Job:
        """The job of a file. Raises RefusedError, and writes it beside where results would be."""
        try:
            return self._job(source, metadata)
        except RefusedError as error:
            told = {"error": str(error), "etag": source.etag}
            self._bucket.put(f"{source.key}/{ERROR}", BytesIO(json.dumps(told).encode()))
            raise

    def _job(self, source: Source, metadata: Mapping[str, str]) -> Job:
        task, digest = self._task(source.key)
        name = job_id(source, task, digest, settings_of(metadata))
        try:
            job = self._ledger.job(name)
        except LookupError:
            job = self._ledger.begin(self._planned(name, task, digest, source, metadata))
        self._ledger.file(source, name)
        return job

    def _parts(self, job: Job, metadata: Mapping[str, str]) -> Iterator[Part]:
        return parts_of(job, partial(read_range, self._s3, job.data), scan=metadata.get(SCAN) == "true")

    def _finish(self, job: Job) -> None:
        """End a job all of whose parts were answered before it was known that they are all."""
        if self._ledger.progress(job.id).complete:
            finish(job, self._ledger, self._bucket)

    def _task(self, key: str) -> tuple[str, str]:
        """The function that a file is for, and its bundle's digest."""
        task, _, rest = key.partition("/")
        manifest = self._functions / task / "model" / MANIFEST_FILE
        if not rest or not task.isidentifier() or not manifest.is_file():
            raise RefusedError(f"{key} lies in no folder named for a service, such as sentiment/")
        return task, Manifest.model_validate_json(manifest.read_text(encoding="utf-8")).digest

    def _planned(self, name: str, task: str, digest: str, source: Source, metadata: Mapping[str, str]) -> Job:
        kind = kind_of(source.key, b"".join(read_range(self._s3, source, 0, min(HEAD, source.size))))
        results = self._results(source.key, name)
        plain = self._uncompressed(source, results) if kind.gzip else None
        return planned(
            name,
            task,
            digest,
            source,
            plain,
            kind.format,
            partial(read_range, self._s3, plain or source),
            part_bytes=self._part_bytes(task),
            results=results,
            parameters=_parameters(metadata),
        )

    def _results(self, key: str, name: str) -> str:
        """The folder named like the file; another where that has the results of another job."""
        folder = f"{key}/"
        if self._bucket.put_once(folder + OWNER, BytesIO(), {"job": name}):
            return folder
        owner = (self._bucket.facts(folder + OWNER) or {}).get("job")
        return folder if owner == name else f"{key}@{name}/"

    def _part_bytes(self, task: str) -> int:
        wanted = int((self._ledger.rate(task) or RATE) * TIMEOUT / 3)
        return min(max(wanted, PART_BYTES.start), PART_BYTES.stop - 1)

    def _send(self, job: Job, parts: Iterator[Part]) -> None:
        queue = self._sqs.get_queue_url(QueueName=f"{self._queues}{service_name(job.task)}")["QueueUrl"]
        while some := list(islice(parts, MESSAGES)):
            entries = [{"Id": part.name, "MessageBody": part.message} for part in some]
            if failed := self._sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed"):
                raise RuntimeError(f"{len(failed)} parts of job {job.id} could not be sent: {failed[0]['Code']}")

    def _uncompressed(self, source: Source, results: str) -> Source:
        """A plain copy of a compressed file: it can be cut, and no worker has to read it from its beginning."""
        key = f"{results}_parts/plain"
        self._bucket.put(key, Stream(inflated(read_range(self._s3, source, 0), source.key)))
        return find_source(self._s3, self._bucket.name, key)[0]


def _parameters(metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(metadata.get(PARAMETERS, "{}"))
    except ValueError as error:
        raise RefusedError(f"the metadata {PARAMETERS} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise RefusedError(f"the metadata {PARAMETERS} is no JSON object")
    return found
