"""What similarity answers, whichever way the request came in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.similarity.schema import SimilarityRequest, SimilarityResponse
from modelet.inputs import TextOrIds, as_asked, listed, numbered
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding, EmbeddingTask

__all__ = ["open_service"]

COSINE_BYTES = 24  # of one number in an answer, about


def open_service(file: str) -> Operation[SimilarityRequest, TextOrIds, Embedding, SimilarityResponse]:
    """The service of the bundle beside `file`."""
    return Operation(
        description="Compare a sentence with others by their meaning.",
        request=SimilarityRequest,
        response=SimilarityResponse,
        field="inputs",
        items=lambda request: [text for _, text in _texts(request)],
        texts=_texts,
        predictor=Predictor.load(Path(file).parent / "model", EmbeddingTask),
        respond=_respond,
        summary=_summary,
        columns=("source_sentence", "sentences"),
        answer_bytes=lambda _: COSINE_BYTES,
    )


def _texts(request: SimilarityRequest) -> list[tuple[str, TextOrIds]]:
    """For each comparison its source and then its sentences."""
    return [
        (f"{path}.{name}", text)
        for path, one in numbered("inputs", listed(request.inputs))
        for name, text in [
            ("source_sentence", one.source_sentence),
            *((f"sentences.{index}", sentence) for index, sentence in enumerate(one.sentences)),
        ]
    ]


def _respond(request: SimilarityRequest, answers: Sequence[Embedding]) -> SimilarityResponse:
    vectors = iter(answers)
    cosines = [_cosines(next(vectors), [next(vectors) for _ in one.sentences]) for one in listed(request.inputs)]
    return SimilarityResponse(as_asked(request.inputs, cosines))


def _cosines(source: Embedding, others: Sequence[Embedding]) -> list[float]:
    return [source.cosine(other) for other in others]


def _summary(response: SimilarityResponse) -> dict[str, Any]:
    return {"sentences": sum(len(one) if isinstance(one, list) else 1 for one in response.root)}
