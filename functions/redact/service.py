"""What redact answers, whichever way the request came in."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.redact.masking import Masker
from functions.redact.redaction import redact
from functions.redact.schema import RedactRequest, RedactResponse
from functions.redact.words import WordReader
from modelet.inputs import as_asked
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.token_classification import Tagging, TokenClassificationTask

__all__ = ["predictor", "redactions"]

predictor: Predictor[str, Tagging] = Predictor.load(Path(__file__).parent / "model", TokenClassificationTask)
_read_words = WordReader(predictor.manifest.labels)
_key = predictor.settings.hash_key
_masker = Masker(_key.get_secret_value() if _key else None)


def _respond(request: RedactRequest, answers: Sequence[Tagging]) -> RedactResponse:
    redactions = [
        redact(text, _read_words(answer), request.parameters, _masker)
        for text, answer in zip(request.texts, answers, strict=True)
    ]
    return RedactResponse(as_asked(request.inputs, redactions))


def _summary(response: RedactResponse) -> dict[str, Any]:
    answers = response.root if isinstance(response.root, list) else [response.root]
    return {"texts": len(answers), "spans": Counter(span.type for answer in answers for span in answer.spans)}


class _Redactions(Operation[RedactRequest, str, Tagging, RedactResponse]):
    def validate(self, request: RedactRequest) -> None:
        _masker.check(request.parameters.mode)
        super().validate(request)


redactions = _Redactions(
    description="Find personal data in one or more texts and mask it.",
    request=RedactRequest,
    response=RedactResponse,
    field="inputs",
    items=lambda request: request.texts,
    predictor=predictor,
    respond=_respond,
    summary=_summary,
)
