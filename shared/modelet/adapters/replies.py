"""Where a worker's answers go: into the log what may be there and, where it is wanted, into the bucket of results."""

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from modelet.errors import SettingsError
from modelet.observability import logger
from modelet.operation import Operation, Reply

if TYPE_CHECKING:
    from modelet.batch.storage import Bucket

__all__ = ["REPLIES", "Sink", "sink_of"]

REPLIES = "_replies"  # no service is called so
Sink = Callable[[str, Reply[Any]], None]


def sink_of(operation: Operation[Any, Any, Any, Any]) -> Sink:
    """A sink of replies by the ids of their messages or invocations, as the settings of this environment want it."""
    settings = operation.predictor.settings
    if settings.replies and not settings.results_bucket:
        raise SettingsError("MODELET_REPLIES: replies need MODELET_RESULTS_BUCKET")
    bundle = operation.predictor.manifest.id

    @cache
    def bucket() -> "Bucket":
        from modelet.batch.aws import client  # boto3 takes a tenth of a second
        from modelet.batch.storage import Bucket

        return Bucket(settings.results_bucket, client("s3"))

    def sink(name: str, reply: Reply[Any]) -> None:
        facts = {"bundle": bundle, "truncated": str(reply.truncated).lower()}
        if settings.replies:
            _put(bucket(), f"{REPLIES}/{name}.json", reply, facts)
        about = {"message_id": name, "bundle": bundle, "truncated": reply.truncated}
        logger.info("answered", extra={**about, **operation.summary(reply.response)})

    return sink


def _put(bucket: "Bucket", key: str, reply: Reply[Any], facts: Mapping[str, str]) -> None:
    """Write a reply once: a message that comes twice changes nothing."""
    written = bucket.put_once(key, BytesIO(to_json(reply.response, inf_nan_mode="null")), facts)
    if not written and bucket.facts(key) is None:
        raise RuntimeError(f"{key} is being written elsewhere")
