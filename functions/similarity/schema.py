"""The request and the answer of `POST /v1/similarity`, in the shape of Hugging Face's Inference API.

https://huggingface.co/docs/api-inference/tasks/sentence-similarity
"""

from typing import Annotated

from pydantic import Field, PlainValidator, RootModel

from modelet.inputs import StrictModel, one_or_several

__all__ = ["Comparison", "SimilarityRequest", "SimilarityResponse"]


class Comparison(StrictModel):
    source_sentence: str = Field(description="What the others are compared with.")
    sentences: list[str] = Field(min_length=1)


Comparisons = Annotated[
    Comparison | list[Comparison],
    PlainValidator(one_or_several(Comparison), json_schema_input_type=Comparison | list[Comparison]),
]


class SimilarityParameters(StrictModel):
    """There are none; clients send an empty object."""


class SimilarityRequest(StrictModel):
    """A sentence and those it is compared with, or a list of these; sentences are cut at the model's limit."""

    inputs: Comparisons = Field(
        examples=[{"source_sentence": "The train leaves at nine.", "sentences": ["When does it depart?", "It rains."]}]
    )
    parameters: SimilarityParameters = SimilarityParameters()
    model: str | None = Field(None, description="Any string; the header x-modelet-bundle names what served it.")


class SimilarityResponse(RootModel[list[float] | list[list[float]]]):
    """The cosine (-1 to 1) of each sentence to the source's, and for a list of inputs a list of these."""
