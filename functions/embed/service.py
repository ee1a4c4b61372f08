"""What embed answers, whichever way the request came in."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from functions.embed.schema import (
    EmbeddingObject,
    EmbeddingsRequest,
    EmbeddingsResponse,
    FeaturesRequest,
    FeaturesResponse,
    Usage,
)
from modelet.inputs import TextOrIds
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding, EmbeddingTask

__all__ = ["embeddings", "features", "predictor"]

# Of one vector of 384 numbers, about: what cannot be returned is refused before it is computed.
_VECTOR_BYTES = {"float": 8_000, "base64": 2_120}

predictor: Predictor[TextOrIds, Embedding] = Predictor.load(Path(__file__).parent / "model", EmbeddingTask)


def _inputs(request: EmbeddingsRequest) -> list[TextOrIds]:
    match request.input:
        case str(text):
            return [text]
        case [int(), *_] as ids:
            return [tuple(cast("list[int]", ids))]
        case several:
            return [item if isinstance(item, str) else tuple(cast("list[int]", item)) for item in several]


def _encode(embedding: Embedding, encoding_format: str) -> list[float] | str:
    if encoding_format == "base64":
        return base64.b64encode(embedding.vector.astype("<f4").tobytes()).decode()
    numbers: list[float] = embedding.vector.tolist()
    return numbers


def _embeddings_response(request: EmbeddingsRequest, answers: Sequence[Embedding]) -> EmbeddingsResponse:
    data = [
        EmbeddingObject(index=index, embedding=_encode(answer, request.encoding_format))
        for index, answer in enumerate(answers)
    ]
    tokens = sum(answer.tokens for answer in answers)
    usage = Usage(prompt_tokens=tokens, total_tokens=tokens)
    return EmbeddingsResponse(data=data, model=predictor.manifest.id, usage=usage)


def _embeddings_summary(response: EmbeddingsResponse) -> dict[str, Any]:
    return {"embeddings": len(response.data), "tokens": response.usage.total_tokens}


embeddings = Operation(
    description="Embeddings of one or more texts, as OpenAI's API gives them.",
    request=EmbeddingsRequest,
    response=EmbeddingsResponse,
    field="input",
    items=_inputs,
    predictor=predictor,
    respond=_embeddings_response,
    summary=_embeddings_summary,
    answer_bytes=lambda request: _VECTOR_BYTES[request.encoding_format],
)

features = Operation(
    description="Embeddings of one or more texts, as Hugging Face's feature extraction gives them.",
    request=FeaturesRequest,
    response=FeaturesResponse,
    field="inputs",
    items=lambda request: list[TextOrIds](request.texts),
    predictor=predictor,
    respond=lambda _, answers: FeaturesResponse([answer.vector.tolist() for answer in answers]),
    summary=lambda response: {"vectors": len(response.root)},
    answer_bytes=lambda _: _VECTOR_BYTES["float"],
)
