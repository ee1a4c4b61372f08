"""SQS: each message body is a request body of POST /v1/redact."""

from functions.redact.service import redactions
from modelet.adapters.worker import create_worker

__all__ = ["handler"]

handler = create_worker(redactions)
