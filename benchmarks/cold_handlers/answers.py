"""What every peer's handler shares: a request's texts, and OpenAI's answer to them."""

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["respond", "texts_of"]


def texts_of(event: dict[str, Any]) -> list[str]:
    """The texts of a request in API Gateway's payload format 2.0."""
    texts: list[str] = json.loads(event["body"])["input"]
    return texts


def respond(vectors: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The response in OpenAI's shape; tokens are not counted."""
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    body = {"object": "list", "data": data, "model": "all-MiniLM-L6-v2", "usage": {}}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
