"""HTTPS: POST /v1/embeddings (OpenAI) and POST /v1/features (Hugging Face)."""

from functions.embed.schema import EmbeddingsRequest, EmbeddingsResponse, FeaturesRequest, FeaturesResponse
from functions.embed.service import embeddings, features, predictor
from modelet.adapters.http import create_app, create_handler, json_router, openai_router

__all__ = ["app", "handler"]

openai = openai_router("embed")
router = json_router("embed")


@openai.post("/v1/embeddings")
async def create_embeddings(body: EmbeddingsRequest) -> EmbeddingsResponse:
    """Embeddings of one or more texts, as OpenAI's API gives them."""
    return embeddings(body)


@router.post("/v1/features")
async def extract_features(body: FeaturesRequest) -> FeaturesResponse:
    """Embeddings of one or more texts, as Hugging Face's feature extraction gives them."""
    return features(body)


app = create_app("embed", predictor, [openai, router])
handler = create_handler(app)
