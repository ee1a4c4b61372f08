"""The request and the answer of `POST /v1/ner`, in the shape of Hugging Face's Inference API.

https://huggingface.co/docs/api-inference/tasks/token-classification
"""

from typing import Literal

from pydantic import Field, NonNegativeInt, RootModel

from modelet.inputs import StrictModel, TextsRequest

__all__ = ["Entity", "NerParameters", "NerRequest", "NerResponse"]


class NerParameters(StrictModel):
    aggregation_strategy: Literal["none", "simple", "first", "average", "max"] = Field(
        "simple",
        description="`none`: every word with its own label. The others: whole entities; they are one here, since a "
        "word is never divided.",
    )
    ignore_labels: list[str] = Field(["O"], description="Groups, or with `none` labels, that are not answered.")
    stride: NonNegativeInt | None = Field(None, description="Ignored: long texts are read in windows that overlap.")


class NerRequest(TextsRequest):
    """Texts of any length to the entities they name."""

    parameters: NerParameters = NerParameters()


class Entity(StrictModel):
    """A named entity, or a word with its label; `start` and `end` are Unicode code points of the text."""

    entity_group: str | None = Field(
        None, description="The kind of entity: PER, LOC, ORG, GROUP, PRODUCT, WORK.", exclude_if=lambda one: one is None
    )
    entity: str | None = Field(
        None, description="A word's label: B-PER, I-PER, ...", exclude_if=lambda one: one is None
    )
    score: float = Field(ge=0, le=1)
    word: str
    start: int
    end: int


class NerResponse(RootModel[list[Entity] | list[list[Entity]]]):
    """The entities of a text, or for a list of texts a list of them."""
