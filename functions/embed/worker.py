"""SQS: each message body is a request body of POST /v1/embeddings."""

from functions.embed.service import embeddings
from modelet.adapters.queue import create_worker

__all__ = ["handler"]

handler = create_worker(embeddings)
