"""embed with a `feature-extraction` pipeline of transformers, in single precision."""

import os
from typing import Any

import torch
from transformers import pipeline

from benchmarks.cold_handlers.answers import respond, texts_of

__all__ = ["handler"]

extract = pipeline("feature-extraction", model=os.environ["MODEL_FOLDER"], device="cpu")


def embedding(text: str) -> list[float]:
    """The mean over all tokens, of length 1; a text alone has no padding to leave out."""
    tokens = extract(text, return_tensors=True, tokenize_kwargs={"truncation": True})[0]
    numbers: list[float] = torch.nn.functional.normalize(tokens.mean(dim=0), dim=0).tolist()
    return numbers


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return respond([embedding(text) for text in texts_of(event)])
