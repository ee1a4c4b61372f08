"""What is known of jobs, in a DynamoDB table: an item for each job, and one for each part that is answered.

A part is counted in one transaction with its item, which must be new: twice is once.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

from modelet.batch.aws import ClientError
from modelet.batch.jobs import Done, Job, Progress, Source, State

__all__ = ["Ledger"]

ATTEMPTS = 7
_AGAIN = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_JOB = "job"
_PART = "part#"
_SOURCE = "source#"
_RATES = "rates"  # in place of a job's id
_COUNTED = ("done", "parts", "rows", "failed", "seconds")


class Ledger:
    """The table has the string keys `id` and `item`."""

    def __init__(self, table: str, dynamodb: Any) -> None:
        self._table = table
        self._db = dynamodb

    def begin(self, job: Job) -> Job:
        """Record a new job; the one that is there, if there is one by its id."""
        counts = {name: {"N": "0"} for name in _COUNTED}
        item = _key(job.id, _JOB) | {"job": {"S": job.model_dump_json()}, "state": {"S": "running"}} | counts
        try:
            self._db.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return self.job(job.id)
        return job

    def file(self, source: Source, name: str) -> None:
        """Have the job found by its file."""
        self._db.put_item(TableName=self._table, Item=_source_key(source) | {"name": {"S": name}})

    def found(self, source: Source) -> str | None:
        """The id of the job that a file, as it is, became last."""
        item = self._db.get_item(TableName=self._table, Key=_source_key(source), ConsistentRead=True).get("Item")
        return None if item is None else str(item["name"]["S"])

    def job(self, name: str) -> Job:
        """What was decided when the job began. Raises LookupError."""
        return self.look(name)[0]

    def progress(self, name: str) -> Progress:
        """How far it is. Raises LookupError."""
        return self.look(name)[1]

    def look(self, name: str) -> tuple[Job, Progress]:
        """Both. Raises LookupError."""
        item = self._item(name)
        counts = {key: item[key]["N"] for key in (*_COUNTED, "total") if key in item}
        texts = {key: item[key]["S"] for key in ("state", "error") if key in item}
        progress = Progress.model_validate({**counts, **texts, "queued": "queued" in item})
        return Job.model_validate_json(item["job"]["S"]), progress

    def send_out(self, name: str, total: int, *, queued: bool) -> None:
        """All parts of the job are known, `total` bytes in all; `queued` where they are sent to the queue as well."""
        values: dict[str, Any] = {"total": {"N": str(total)}} | ({"queued": {"BOOL": True}} if queued else {})
        expression = "SET " + ", ".join(f"#{key} = :{key}" for key in values)
        self._update(name, expression, {f"#{key}": key for key in values}, {f":{key}": values[key] for key in values})

    def count(self, name: str, done: Done) -> bool:
        """Count a part that is answered; False if it was counted before."""
        amounts = {"done": done.end - done.start, "parts": 1, **done.model_dump(include={"rows", "failed", "seconds"})}
        part = _key(name, f"{_PART}{done.start:020}") | {"done": {"S": done.model_dump_json()}}
        put = {"TableName": self._table, "Item": part, "ConditionExpression": "attribute_not_exists(id)"}
        update = {
            "TableName": self._table,
            "Key": _key(name, _JOB),
            "UpdateExpression": "ADD " + ", ".join(f"#{key} :{key}" for key in amounts),
            "ExpressionAttributeNames": {f"#{key}": key for key in amounts},
            "ExpressionAttributeValues": {f":{key}": {"N": f"{value}"} for key, value in amounts.items()},
        }
        for attempt in range(ATTEMPTS):
            try:
                self._db.transact_write_items(TransactItems=[{"Put": put}, {"Update": update}])
            except ClientError as error:
                reasons = {one.get("Code") for one in error.response.get("CancellationReasons", ())}
                if "ConditionalCheckFailed" in reasons:
                    return False
                if not reasons & _AGAIN or attempt == ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, 0.1 * 2**attempt))  # all workers of a job change one item
            else:
                break
        return True

    def parts(self, name: str) -> Iterator[Done]:
        """The parts that are answered, by where they begin."""
        pages = self._db.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="id = :id AND begins_with(#item, :part)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":id": {"S": name}, ":part": {"S": _PART}},
            ConsistentRead=True,
        )
        return (Done.model_validate_json(item["done"]["S"]) for page in pages for item in page["Items"])

    def measure(self, task: str, done: Done) -> None:
        """Remember how fast a part was answered, for the size of later ones."""
        if done.seconds:
            rate = {"N": f"{(done.end - done.start) / done.seconds:.0f}"}
            self._db.put_item(TableName=self._table, Item=_key(_RATES, task) | {"rate": rate})

    def rate(self, task: str) -> float | None:
        """Bytes a second that a worker answered last."""
        item = self._db.get_item(TableName=self._table, Key=_key(_RATES, task)).get("Item")
        return None if item is None else float(item["rate"]["N"])

    def end(self, name: str, state: State, error: str = "") -> None:
        """The job has ended so. One that succeeded stays so."""
        if state == "failed" and self.progress(name).state == "succeeded":
            return
        names = {"#state": "state", "#error": "error"}
        self._update(
            name, "SET #state = :state, #error = :error", names, {":state": {"S": state}, ":error": {"S": error}}
        )

    def _item(self, name: str) -> dict[str, Any]:
        item = self._db.get_item(TableName=self._table, Key=_key(name, _JOB), ConsistentRead=True).get("Item")
        if item is None:
            raise LookupError(f"there is no job {name}")
        found: dict[str, Any] = item
        return found

    def _update(self, name: str, expression: str, names: dict[str, str], values: dict[str, Any]) -> None:
        self._db.update_item(
            TableName=self._table,
            Key=_key(name, _JOB),
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def _source_key(source: Source) -> dict[str, Any]:
    return _key(f"{_SOURCE}{source.bucket}/{source.key}", source.version or source.etag)


def _key(name: str, item: str) -> dict[str, Any]:
    return {"id": {"S": name}, "item": {"S": item}}
