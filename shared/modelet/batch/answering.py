"""A worker's side of a job: it answers parts."""

from collections.abc import Callable
from typing import Any

from modelet.batch.aws import client
from modelet.batch.finish import finish
from modelet.batch.jobs import Done, Job, Part
from modelet.batch.ledger import Ledger
from modelet.batch.storage import Bucket, SourceChangedError, read_range
from modelet.batch.work import CutInsideError, answer_part, part_key, write_part
from modelet.errors import SettingsError
from modelet.observability import logger
from modelet.operation import Operation
from modelet.settings import Settings

__all__ = ["PartWorker"]


class PartWorker:
    """Answers parts. Every step can be done twice: who asked for a part may ask again at any time."""

    def __init__(self, operation: Operation[Any, Any, Any, Any], settings: Settings) -> None:
        if not (settings.jobs_table and settings.results_bucket and settings.parts_queue):
            raise SettingsError("MODELET_JOBS_TABLE, MODELET_RESULTS_BUCKET, MODELET_PARTS_QUEUE: parts need all three")
        self._operation = operation
        self._s3, self._sqs = client("s3"), client("sqs")
        self._queue = settings.parts_queue
        self._bucket = Bucket(settings.results_bucket, self._s3)
        self._ledger = Ledger(settings.jobs_table, client("dynamodb"))

    def __call__(self, part: Part, remaining: Callable[[], float]) -> Part | None:
        """Answer the rows of `part` that `remaining` seconds allow; the rest of it is still to be answered."""
        job, progress = self._ledger.look(part.job)
        if progress.state == "failed":
            return None
        try:
            done = self._written(job, part) or self._answer(job, part, remaining)
        except (CutInsideError, SourceChangedError) as error:  # the same each time
            self._ledger.end(job.id, "failed", str(error))
            logger.error("job failed", extra={"job": job.id, "part": part.name, "reason": type(error).__name__})
            return None
        if self._ledger.count(job.id, done):
            self._ledger.measure(job.task, done)
            logger.info(
                "part answered", extra={"job": job.id, "part": done.name, **done.model_dump(exclude={"name", "bundle"})}
            )
        if self._ledger.progress(job.id).complete:
            finish(job, self._ledger, self._bucket)
        return part.rest(done.end) if done.end < part.end else None

    def send(self, part: Part) -> None:
        """Ask for a part by the queue of parts."""
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=part.message)

    def _written(self, job: Job, part: Part) -> Done | None:
        facts = self._bucket.facts(part_key(job, part.name))
        return None if facts is None else Done.of_facts(facts)

    def _answer(self, job: Job, part: Part, remaining: Callable[[], float]) -> Done:
        chunks = read_range(self._s3, job.data, part.start, part.end)
        with answer_part(self._operation, job, part, chunks, remaining) as answered:
            if write_part(self._bucket, job, answered):
                return answered.done
        written = self._written(job, part)
        if written is None:
            raise RuntimeError(f"part {part.name} of job {job.id} is being written elsewhere")
        return written
