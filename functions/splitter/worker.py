"""SQS: each message body is an event of S3, which says what was created."""

from pathlib import Path

from functions.splitter.events import created
from functions.splitter.kind import RefusedError
from functions.splitter.splitting import Splitter
from modelet.adapters.queue import create_consumer
from modelet.observability import logger
from modelet.settings import read_settings

__all__ = ["handler"]

_settings = read_settings()
_splitter = Splitter(_settings, Path(__file__).parents[1])


def _consume(body: str) -> None:
    for file in created(body):
        try:
            logger.info("job", extra={"job": _splitter.split(file.bucket, file.key, file.version)})
        except (FileNotFoundError, RefusedError) as error:  # it would be the same again
            logger.warning("refused", extra={"reason": type(error).__name__})


handler = create_consumer(_consume, _settings)
