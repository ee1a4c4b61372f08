"""The request and the answer of `POST /v1/zeroshot`, in the shape of Hugging Face's Inference API.

https://huggingface.co/docs/api-inference/tasks/zero-shot-classification
"""

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel

from modelet.inputs import StrictModel, TextsRequest

__all__ = ["Method", "ScoredLabel", "ZeroshotParameters", "ZeroshotRequest", "ZeroshotResponse"]

MAX_LABELS = 100
MAX_TEMPLATE = 1_000  # characters
TEMPLATE = "This example is {}."  # Hugging Face's own

Method = Literal["both", "entailment", "similarity"]


def _each_once(labels: list[str]) -> list[str]:
    if twice := [label for label, count in Counter(labels).items() if count > 1]:
        raise ValueError(f"labels should differ; there twice: {twice[0][:40]}")
    return labels


def _with_a_place(template: str) -> str:
    if template.count("{}") != 1:
        raise ValueError("the template should have {} once, where the label goes")
    return template


class ZeroshotParameters(StrictModel):
    candidate_labels: Annotated[list[Annotated[str, Field(pattern=r"\S")]], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=MAX_LABELS, examples=[["travel", "cooking", "money"]]
    )
    hypothesis_template: Annotated[str, AfterValidator(_with_a_place)] = Field(
        TEMPLATE, max_length=MAX_TEMPLATE, description="What a text may entail; the label goes where {} is."
    )
    multi_label: bool = Field(
        False, description="Whether each label is judged by itself; otherwise the scores of a text sum to 1."
    )
    method: Method = Field(
        "both",
        description="What decides: whether the text entails the hypothesis, how near text and label are in meaning "
        "(the fastest by far), or both.",
    )


class ZeroshotRequest(TextsRequest):
    """Texts and the labels they may deserve."""

    parameters: ZeroshotParameters


class ScoredLabel(StrictModel):
    label: str
    score: float


class ZeroshotResponse(RootModel[list[ScoredLabel] | list[list[ScoredLabel]]]):
    """The labels, the likeliest first, and for a list of texts a list of these."""
