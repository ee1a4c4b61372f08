"""Requests and responses, as OpenAI's embeddings API and Hugging Face's feature extraction define them.

https://platform.openai.com/docs/api-reference/embeddings,
https://huggingface.co/docs/api-inference/tasks/feature-extraction
"""

from typing import Literal

from pydantic import BaseModel, Field, RootModel

from modelet.inputs import StrictModel, TextsOrTokenIds, TextsRequest

__all__ = ["EmbeddingObject", "EmbeddingsRequest", "EmbeddingsResponse", "FeaturesRequest", "FeaturesResponse", "Usage"]


class EmbeddingsRequest(StrictModel):
    """Texts, or token ids of this model's vocabulary; texts are cut at the model's limit."""

    input: TextsOrTokenIds = Field(examples=["The train leaves at nine."])
    model: str | None = Field(None, description="Any string; the answer names the bundle that served it.")
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = Field(None, description="Ignored.")


class EmbeddingObject(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str = Field(description="Numbers, or little-endian float32 in base64.")


class Usage(BaseModel):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(BaseModel):
    object: Literal["list"] = "list"
    data: list[EmbeddingObject]
    model: str
    usage: Usage


class FeaturesRequest(TextsRequest):
    """Texts to vectors; they have length 1 and are cut at the model's limit, so only these parameters make sense."""

    normalize: Literal[True] = True
    truncate: Literal[True] = True
    truncation_direction: Literal["right", "Right"] = "right"


class FeaturesResponse(RootModel[list[list[float]]]):
    """One vector for each input."""
