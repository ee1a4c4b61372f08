"""SQS: each message body is an event of S3, which says what was created."""

from functools import cache
from pathlib import Path

from functions.splitter.events import created
from functions.splitter.kind import RefusedError
from functions.splitter.splitting import Splitter
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
        except (FileNotFoundError, RefusedError) as error:  # it would be the same again
            logger.warning("refused", extra={"reason": type(error).__name__})


handler = create_consumer(_consume, _settings)
