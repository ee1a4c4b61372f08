"""What rerank answers, whichever way the request came in."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from functions.rerank.schema import (
    CohereRequest,
    CohereResponse,
    Rank,
    RerankRequest,
    RerankResponse,
    Result,
    TeiRequest,
)
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.classification import Classification
from modelet.tasks.pair_classification import PairClassificationTask, TextPair

__all__ = ["open_service"]


class _Rerank(Operation[RerankRequest, TextPair, Classification, RerankResponse]):
    def validate(self, request: RerankRequest) -> None:
        """Errors name the field that this request has its documents in."""
        Operation.validate(replace(self, field=request.root.field), request)


def open_service(file: str) -> Operation[RerankRequest, TextPair, Classification, RerankResponse]:
    """The service of the bundle beside `file`."""
    predictor = Predictor.load(Path(file).parent / "model", PairClassificationTask)

    def respond(request: RerankRequest, answers: Sequence[Classification]) -> RerankResponse:
        if isinstance(request.root, TeiRequest):
            return RerankResponse(_ranks(request.root, answers))
        name = _name(predictor.manifest.digest, request.root)
        return RerankResponse(CohereResponse(id=name, results=_results(request.root, answers)))

    return _Rerank(
        description="Order documents by their relevance to a query: `documents` as Cohere, `texts` as "
        "text-embeddings-inference has them.",
        request=RerankRequest,
        response=RerankResponse,
        field="documents",
        items=lambda request: [(request.root.query, passage) for passage in request.root.passages],
        texts=_texts,
        predictor=predictor,
        respond=respond,
        summary=_summary,
        columns=("query", "documents"),
    )


def _texts(request: RerankRequest) -> list[tuple[str, str]]:
    asked = request.root
    return [("query", asked.query), *((f"{asked.field}.{i}", text) for i, text in enumerate(asked.passages))]


def _name(digest: str, request: CohereRequest) -> str:
    """An id that an equal request gets again."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"{digest}{request.model_dump_json()}".encode()).digest()[:16]))


def _results(request: CohereRequest, answers: Sequence[Classification]) -> list[Result]:
    relevances = [float(answer.probabilities[0]) for answer in answers]
    return [
        Result(
            index=index,
            relevance_score=relevances[index],
            document=request.documents[index] if request.return_documents else None,
        )
        for index in _order(relevances)[: request.top_n]
    ]


def _ranks(request: TeiRequest, answers: Sequence[Classification]) -> list[Rank]:
    scores = [float(answer.scores("none" if request.raw_scores else "sigmoid")[0]) for answer in answers]
    return [
        Rank(index=index, score=scores[index], text=request.texts[index] if request.return_text else None)
        for index in _order(scores)
    ]


def _order(scores: Sequence[float]) -> list[int]:
    """Indices by falling score, equal ones as they came."""
    return sorted(range(len(scores)), key=lambda index: -scores[index])


def _summary(response: RerankResponse) -> dict[str, Any]:
    results = response.root.results if isinstance(response.root, CohereResponse) else response.root
    return {"results": len(results)}
