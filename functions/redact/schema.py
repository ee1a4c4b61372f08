"""The request and the answer of `POST /v1/redact`, and of the queue's messages."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from functions.redact.entities import DEFAULT_ENTITIES, ENTITIES
from functions.redact.masking import Mode
from modelet.inputs import StrictModel, Texts, TextsRequest

__all__ = ["Entity", "Parameters", "RedactRequest", "RedactResponse", "RedactedSpan", "Redaction"]

Entity = Literal[
    "PERSON",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "LOCATION",
    "CREDIT_CARD",
    "IBAN",
    "BANK_ACCOUNT",
    "ROUTING_NUMBER",
    "US_SSN",
    "TAX_ID",
    "GOVERNMENT_ID",
    "PASSPORT",
    "DRIVERS_LICENSE",
    "URL",
    "IP_ADDRESS",
]


_MEANINGS = "\n".join(f"- `{entity}`: {meaning}" for entity, meaning in ENTITIES.items())
_UNASKED = ", ".join(entity for entity in ENTITIES if entity not in DEFAULT_ENTITIES)


class Parameters(StrictModel):
    entities: list[Entity] | None = Field(
        default=None, description=f"What to look for; without it, all but {_UNASKED}.\n\n{_MEANINGS}"
    )
    mode: Mode = Field(
        default="mask",
        description="`mask`: asterisks; `label`: [PERSON]; `hash`: [PERSON:1a2b3c4d5e6f7a8b], the same for an equal "
        "value; needs the setting MODELET_HASH_KEY.",
    )
    threshold: float = Field(default=0.5, gt=0, le=1, description="The least score of a span.")


class RedactRequest(TextsRequest):
    inputs: Texts = Field(
        description="A text, or a list of texts.", examples=["Call Ada Lovelace at +44 20 7946 0958."]
    )
    parameters: Parameters = Parameters()


class RedactedSpan(BaseModel):
    type: Entity
    start: Annotated[int, Field(ge=0, description="In Unicode code points of the input.")]
    end: Annotated[int, Field(gt=0, description="In Unicode code points of the input, excluded.")]
    score: Annotated[float, Field(ge=0, le=1)]
    recognizer: Literal["checked", "context", "model"] = Field(
        description="What found it: a check that proves it, the words before it, or the model."
    )


class Redaction(BaseModel):
    text: str
    spans: list[RedactedSpan]


class RedactResponse(RootModel[Redaction | list[Redaction]]):
    """A redaction for a text, a list of them for a list."""
