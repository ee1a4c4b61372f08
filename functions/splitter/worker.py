"""SQS: each message body is an event of S3, which says what was created.

Or Invoke, by Step Functions: with a bucket and a key the parts of a file are listed, with a job its state is told.
"""

from functools import cache
from pathlib import Path
from typing import Any

from functions.splitter.events import created
from functions.splitter.kind import RefusedError
from functions.splitter.splitting import HeldError, Splitter
from modelet.adapters.queue import create_consumer
from modelet.observability import logger
from modelet.settings import read_settings

__all__ = ["handler"]

_settings = read_settings()


@cache
def _splitter() -> Splitter:
    """Made by the first event: its clients want a region, which INIT alone has no need of."""
    return Splitter(_settings, Path(__file__).parents[1])


def _consume(body: str) -> None:
    for file in created(body):
        try:
            logger.info("job", extra={"job": _splitter().split(file.bucket, file.key, file.version)})
        except (FileNotFoundError, HeldError, RefusedError) as error:  # it would be the same again
            logger.warning("no job", extra={"reason": type(error).__name__})


def _answer(event: dict[str, Any]) -> dict[str, Any]:
    if "job" in event:
        return _splitter().look(event["job"])
    try:
        return _splitter().list_parts(event["bucket"], event["key"], event.get("version"))
    except (FileNotFoundError, RefusedError) as error:  # returned, for the log is not to have it
        return {"state": "refused", "error": str(error)}


handler = create_consumer(_consume, _answer, _settings)
