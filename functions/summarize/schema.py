"""The request and the answer of `POST /v1/summarize`, in the shape of Hugging Face's Inference API.

https://huggingface.co/docs/api-inference/tasks/summarization
"""

from typing import Any, Literal, Self

from pydantic import Field, PositiveInt, RootModel, model_validator

from modelet.inputs import StrictModel, TextsRequest

__all__ = ["SummarizeParameters", "SummarizeRequest", "SummarizeResponse", "Summary", "SummarySentence"]

SENTENCES = 3
_IGNORED = "Accepted for clients that send it: sentences are quoted, and none is generated."


class SummarizeParameters(StrictModel):
    sentences: PositiveInt | None = Field(None, description=f"How many sentences; {SENTENCES} without it.")
    ratio: float | None = Field(None, gt=0, le=1, description="In place of `sentences`: which share of the text's.")
    clean_up_tokenization_spaces: bool | None = Field(None, description=_IGNORED)
    generate_parameters: dict[str, Any] | None = Field(None, description=_IGNORED)
    truncation: Literal["do_not_truncate", "longest_first", "only_first", "only_second"] | None = Field(
        None, description=_IGNORED
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.sentences is not None and self.ratio is not None:
            raise ValueError("give sentences or ratio, not both")
        return self

    def count(self, sentences: int) -> int:
        """How many sentences to take out of so many."""
        return self.sentences or SENTENCES if self.ratio is None else max(1, round(self.ratio * sentences))


class SummarizeRequest(TextsRequest):
    """Texts to sentences of theirs that stand for the whole."""

    parameters: SummarizeParameters = SummarizeParameters()


class SummarySentence(StrictModel):
    text: str
    start: int = Field(ge=0, description="In Unicode code points of the input.")
    end: int = Field(gt=0, description="In Unicode code points of the input, excluded.")
    score: float = Field(description="How well it stands for the text: comparable within the text only.")


class Summary(StrictModel):
    summary_text: str = Field(description="The sentences, in the order of the text.")
    sentences: list[SummarySentence]


class SummarizeResponse(RootModel[list[Summary]]):
    """A summary for each text."""
