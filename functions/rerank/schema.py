"""The requests and answers of `POST /v1/rerank`: `documents` as Cohere, `texts` as text-embeddings-inference has them.

https://docs.cohere.com/reference/rerank, https://huggingface.github.io/text-embeddings-inference
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, PositiveInt, RootModel

from modelet.inputs import StrictModel, without_nulls

__all__ = [
    "CohereRequest",
    "CohereResponse",
    "Document",
    "Rank",
    "RerankRequest",
    "RerankResponse",
    "Result",
    "TeiRequest",
]

MAX_DOCUMENTS = 1_000  # as Cohere advises; each is read together with the query
MAX_QUERY = 10_000  # characters; the model reads far fewer


class Document(BaseModel):
    """A text; what else it comes with is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str


def _as_object(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class CohereRequest(StrictModel):
    """Cohere's. What the model cannot read of a document is cut."""

    query: str = Field(max_length=MAX_QUERY, examples=["When does the train leave?"])
    documents: list[Annotated[Document, BeforeValidator(_as_object, json_schema_input_type=str | Document)]] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, examples=[["The train leaves at nine.", {"text": "It rains in Oslo."}]]
    )
    top_n: PositiveInt | None = Field(None, description="So many results; all without it.")
    return_documents: bool = Field(False, description="Whether results hold their documents.")
    model: str | None = Field(None, description="Any string; the header x-modelet-bundle names what served it.")
    rank_fields: list[Literal["text"]] | None = Field(None, description="Ignored: a document has its text only.")
    max_chunks_per_doc: PositiveInt | None = Field(None, description="Ignored: the beginning of a document is read.")
    max_tokens_per_doc: PositiveInt | None = Field(None, description="Ignored: as much is read as the model can.")
    priority: int | None = Field(None, description="Ignored.")

    @property
    def passages(self) -> Sequence[str]:
        return [document.text for document in self.documents]

    @property
    def field(self) -> str:
        return "documents"


class TeiRequest(StrictModel):
    """text-embeddings-inference's. What the model cannot read of a text is cut."""

    query: str = Field(max_length=MAX_QUERY)
    texts: list[str] = Field(min_length=1, max_length=MAX_DOCUMENTS)
    raw_scores: bool = Field(False, description="Whether scores are logits, rather than probabilities.")
    return_text: bool = Field(False, description="Whether ranks hold their texts.")
    truncate: Literal[True] = True
    truncation_direction: Literal["right", "Right"] = "right"

    @property
    def passages(self) -> Sequence[str]:
        return self.texts

    @property
    def field(self) -> str:
        return "texts"


def _read(value: object) -> object:
    value = without_nulls(value)
    match value:
        case CohereRequest() | TeiRequest():
            return value
        case {"documents": _, "texts": _}:
            pass
        case {"documents": _}:
            return CohereRequest.model_validate(value)
        case {"texts": _}:
            return TeiRequest.model_validate(value)
    raise ValueError("input should be an object with either documents or texts")


class RerankRequest(
    RootModel[
        Annotated[CohereRequest | TeiRequest, PlainValidator(_read, json_schema_input_type=CohereRequest | TeiRequest)]
    ]
):
    """A query and what may answer it."""


class Result(StrictModel):
    index: int = Field(description="Of the document in the request.")
    relevance_score: float = Field(ge=0, le=1)
    document: Document | None = Field(None, exclude_if=lambda one: one is None)


class CohereResponse(StrictModel):
    id: str = Field(description="The same for the same request to the same bundle.")
    results: list[Result] = Field(description="The most relevant first.")
    meta: dict[str, dict[str, str]] = Field(default={"api_version": {"version": "2"}})


class Rank(StrictModel):
    index: int = Field(description="Of the text in the request.")
    score: float
    text: str | None = Field(None, exclude_if=lambda one: one is None)


class RerankResponse(RootModel[CohereResponse | list[Rank]]):
    """The most relevant first: an object for `documents`, a list for `texts`."""
