"""embed with sentence-transformers, in single precision."""

import os
from typing import Any

from sentence_transformers import SentenceTransformer

from benchmarks.cold_handlers.answers import respond, texts_of

__all__ = ["handler"]

model = SentenceTransformer(os.environ["MODEL_FOLDER"], device="cpu")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return respond(model.encode(texts_of(event)).tolist())
