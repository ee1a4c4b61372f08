"""A text and the model's words, redacted as the parameters ask."""

from collections.abc import Sequence

from functions.redact.detection import find_spans
from functions.redact.entities import DEFAULT_ENTITIES
from functions.redact.masking import Masker
from functions.redact.schema import Parameters, RedactedSpan, Redaction
from functions.redact.spans import Span

__all__ = ["redact"]


def redact(text: str, words: Sequence[Span], parameters: Parameters, masker: Masker) -> Redaction:
    """Find what is personal in `text`, and mask what `parameters` want masked."""
    wanted = DEFAULT_ENTITIES if parameters.entities is None else frozenset(parameters.entities)
    spans = [span for span in find_spans(text, words, parameters.threshold) if span.type in wanted]
    return Redaction(
        text=masker(text, spans, parameters.mode),
        spans=[RedactedSpan.model_validate(span._asdict() | {"score": round(span.score, 4)}) for span in spans],
    )
