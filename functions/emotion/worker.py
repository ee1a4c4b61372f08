"""SQS: each message body is a request body of POST /v1/emotion."""

from modelet.adapters.worker import create_worker
from modelet.services import classification

__all__ = ["handler"]

handler = create_worker(classification.open_service(__file__))
