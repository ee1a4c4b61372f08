"""SQS: each message body is a request body of POST /v1/embeddings, or a part of a batch job."""

from functions.embed.service import embeddings, features
from modelet.adapters.worker import create_worker

__all__ = ["handler"]

handler = create_worker(embeddings, rows=features)
