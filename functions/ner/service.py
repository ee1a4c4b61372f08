"""What ner answers, whichever way the request came in."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.ner.entities import group_words, read_labels, read_words, to_entity, to_labelled_word
from functions.ner.schema import Entity, NerRequest, NerResponse
from modelet.inputs import as_asked
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.token_classification import Tagging, TokenClassificationTask

__all__ = ["open_service"]


def open_service(file: str) -> Operation[NerRequest, str, Tagging, NerResponse]:
    """The service of the bundle beside `file`."""
    predictor = Predictor.load(Path(file).parent / "model", TokenClassificationTask)
    labels = read_labels(predictor.manifest.labels)

    def respond(request: NerRequest, answers: Sequence[Tagging]) -> NerResponse:
        pairs = zip(request.texts, answers, strict=True)
        found = [_entities(text, answer, labels, request) for text, answer in pairs]
        return NerResponse(as_asked(request.inputs, found))

    return Operation(
        description="Find persons, places, organisations, groups, products and works in one or more texts.",
        request=NerRequest,
        response=NerResponse,
        field="inputs",
        items=lambda request: request.texts,
        predictor=predictor,
        respond=respond,
        summary=_summary,
    )


def _entities(text: str, tagging: Tagging, labels: Sequence[str], request: NerRequest) -> list[Entity]:
    words, ignored = read_words(tagging, labels), request.parameters.ignore_labels
    if request.parameters.aggregation_strategy == "none":
        return [to_labelled_word(text, word) for word in words if word.label not in ignored]
    return [to_entity(text, group) for group in group_words(words) if group[0].group not in ignored]


def _summary(response: NerResponse) -> dict[str, Any]:
    answers = [one if isinstance(one, list) else [one] for one in response.root]
    return {"entities": Counter(entity.entity_group or entity.entity for answer in answers for entity in answer)}
