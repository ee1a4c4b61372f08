"""SQS: each message body is a request body of POST /v1/qa."""

from functions.qa.service import open_service
from modelet.adapters.worker import create_worker

__all__ = ["handler"]

handler = create_worker(open_service(__file__))
