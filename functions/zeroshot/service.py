"""What zeroshot answers, whichever way the request came in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.zeroshot.schema import ScoredLabel, ZeroshotRequest, ZeroshotResponse
from functions.zeroshot.scoring import combined, entailment_odds, scores, similarity_odds
from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.inputs import TextOrIds, as_asked, numbered
from modelet.operation import Operation, Reply
from modelet.predictor import Predictor
from modelet.tasks.classification import Classification
from modelet.tasks.embedding import Embedding, EmbeddingTask
from modelet.tasks.pair_classification import PairClassificationTask, TextPair

__all__ = ["open_service"]

LABEL_BYTES = 80  # of one label in an answer, about


class _Zeroshot(Operation[ZeroshotRequest, TextPair, Classification, ZeroshotResponse]):
    def validate(self, request: ZeroshotRequest) -> None:
        texts, labels = len(request.texts), len(request.parameters.candidate_labels)
        if not texts:
            raise InvalidInputError("inputs", "must not be empty")
        most = self.predictor.settings.max_inputs
        if request.parameters.method != "similarity" and texts * labels > most:
            raise InputTooLargeError(
                "inputs", f"{texts} texts with {labels} labels each; at most {most} pairs are read"
            )
        super().validate(request)


def open_service(file: str) -> Operation[ZeroshotRequest, TextPair, Classification, ZeroshotResponse]:
    """The service of the bundle beside `file`, and of embed's among its companions."""
    folder = Path(file).parent
    judge = Predictor.load(folder / "model", PairClassificationTask)
    embedder: Predictor[TextOrIds, Embedding] = Predictor.load(folder / "companions" / "embed", EmbeddingTask)
    entailment = judge.manifest.labels.index("entailment")

    def respond(request: ZeroshotRequest, answers: Sequence[Classification]) -> Reply[ZeroshotResponse]:
        vectors = embedder.predict(_to_embed(request))
        entailed = [entailment_odds(answer.logits[0].tolist(), entailment) for answer in answers]
        odds = combined(entailed, _similar(vectors, len(request.texts)))
        truncated = any(one.truncated for one in answers) or any(one.truncated for one in vectors)
        return Reply(_response(request, odds), truncated)

    return _Zeroshot(
        description="Scores of one or more texts for labels of your own.",
        request=ZeroshotRequest,
        response=ZeroshotResponse,
        field="inputs",
        items=_pairs,
        texts=_texts,
        predictor=judge,
        others=[embedder],
        respond=respond,
        summary=_summary,
        answer_bytes=lambda _: LABEL_BYTES,
    )


def _pairs(request: ZeroshotRequest) -> list[TextPair]:
    """Each text with a hypothesis for each label."""
    asked = request.parameters
    if asked.method == "similarity":
        return []
    hypotheses = [asked.hypothesis_template.replace("{}", label) for label in asked.candidate_labels]
    return [(text, hypothesis) for text in request.texts for hypothesis in hypotheses]


def _to_embed(request: ZeroshotRequest) -> list[TextOrIds]:
    """The texts and then the labels."""
    return [] if request.parameters.method == "entailment" else [*request.texts, *request.parameters.candidate_labels]


def _texts(request: ZeroshotRequest) -> list[tuple[str, TextOrIds]]:
    labels = enumerate(request.parameters.candidate_labels)
    return [
        *numbered("inputs", request.texts),
        *((f"parameters.candidate_labels.{index}", label) for index, label in labels),
    ]


def _similar(vectors: Sequence[Embedding], texts: int) -> list[float]:
    """The odds of each text for each label."""
    return [similarity_odds(text.cosine(label)) for text in vectors[:texts] for label in vectors[texts:]]


def _response(request: ZeroshotRequest, odds: Sequence[float]) -> ZeroshotResponse:
    labels = request.parameters.candidate_labels
    groups = [odds[start : start + len(labels)] for start in range(0, len(odds), len(labels))]
    found = [_ranked(labels, scores(group, request.parameters.multi_label)) for group in groups]
    return ZeroshotResponse(as_asked(request.inputs, found))


def _ranked(labels: Sequence[str], found: Sequence[float]) -> list[ScoredLabel]:
    pairs = sorted(zip(labels, found, strict=True), key=lambda pair: -pair[1])
    return [ScoredLabel(label=label, score=score) for label, score in pairs]


def _summary(response: ZeroshotResponse) -> dict[str, Any]:
    return {"texts": len(response.root) if isinstance(response.root[0], list) else 1}
