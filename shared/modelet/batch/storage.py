"""Files of a job in S3: ranges of its source, and results that are written once."""

from collections.abc import Iterator, Mapping
from typing import Any

from modelet.batch.aws import ClientError
from modelet.batch.jobs import Source
from modelet.batch.store import CHUNK, Readable
from modelet.errors import ModeletError

__all__ = ["Bucket", "SourceChangedError", "find_source", "read_range"]

_THERE = {"PreconditionFailed", "ConditionalRequestConflict"}
_NOT_THERE = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}


class SourceChangedError(ModeletError):
    """The file is not what the job began with."""


def find_source(s3: Any, bucket: str, key: str, version: str | None = None) -> tuple[Source, Mapping[str, str]]:
    """A file as it is now, and its metadata. Raises FileNotFoundError."""
    which = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    try:
        head = s3.head_object(**which)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_THERE:
            raise FileNotFoundError(f"s3://{bucket}/{key}") from None
        raise
    etag = head["ETag"].strip('"')
    source = Source(bucket=bucket, key=key, etag=etag, version=head.get("VersionId"), size=head["ContentLength"])
    return source, head["Metadata"]


def read_range(s3: Any, source: Source, start: int, end: int | None = None) -> Iterator[bytes]:
    """Bytes [start, end) in chunks. Raises SourceChangedError if the file was replaced."""
    if start >= (source.size if end is None else end):
        return
    which: dict[str, Any] = {"Bucket": source.bucket, "Key": source.key, "IfMatch": source.etag}
    if source.version:
        which["VersionId"] = source.version
    try:
        reply = s3.get_object(**which, Range=f"bytes={start}-{'' if end is None else end - 1}")
    except ClientError as error:
        if error.response["Error"]["Code"] in {"PreconditionFailed", *_NOT_THERE}:
            raise SourceChangedError(f"s3://{source.bucket}/{source.key} was replaced or removed") from None
        raise
    yield from reply["Body"].iter_chunks(CHUNK)


class Bucket:
    """The bucket of results."""

    def __init__(self, name: str, s3: Any) -> None:
        self.name = name
        self._s3 = s3

    def put_once(self, key: str, body: Readable, facts: Mapping[str, str]) -> bool:
        """Write a file with `facts` about it, unless there is one; whether it was written."""
        try:
            self._s3.put_object(Bucket=self.name, Key=key, Body=body, Metadata=dict(facts), IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in _THERE:
                return False
            raise
        return True

    def put(self, key: str, body: Readable) -> None:
        """Write a file of any size, in place of one that is there."""
        self._s3.upload_fileobj(body, self.name, key)

    def facts(self, key: str) -> Mapping[str, str] | None:
        """What `put_once` was told of the file, if it is there."""
        try:
            facts: Mapping[str, str] = self._s3.head_object(Bucket=self.name, Key=key)["Metadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_THERE:
                return None
            raise
        return facts

    def read(self, key: str) -> Iterator[bytes]:
        """A file in chunks."""
        yield from self._s3.get_object(Bucket=self.name, Key=key)["Body"].iter_chunks(CHUNK)

    def delete(self, key: str) -> None:
        """Remove a file; if there is none, that is fine."""
        self._s3.delete_object(Bucket=self.name, Key=key)
