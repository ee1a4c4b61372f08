"""HTTPS: POST /v1/embeddings (OpenAI) and POST /v1/features (Hugging Face)."""

from functions.embed.service import embeddings, features
from modelet.adapters.http import JsonRoute, OpenAIRoute, create_app, create_handler

__all__ = ["app", "handler"]

app = create_app("embed", [OpenAIRoute("/v1/embeddings", embeddings), JsonRoute("/v1/features", features)])
handler = create_handler(app)
