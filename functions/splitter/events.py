"""What S3 tells of new files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

__all__ = ["Created", "created"]


@dataclass(frozen=True, slots=True)
class Created:
    """A file that was created in a bucket."""

    bucket: str
    key: str
    version: str | None


def created(body: str) -> Iterator[Created]:
    """The files that a message tells of.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html: keys are encoded as in a
    URL's query. S3's test event, sent when notifications are set up, tells of none.
    """
    for record in json.loads(body).get("Records", ()):
        if record["eventName"].startswith("ObjectCreated:"):
            file = record["s3"]["object"]
            yield Created(record["s3"]["bucket"]["name"], unquote_plus(file["key"]), file.get("versionId"))
