"""HTTPS: POST /v1/rerank, and POST /v2/rerank, which Cohere's ClientV2 asks."""

from functions.rerank.service import open_service
from modelet.adapters.http import JsonRoute, create_app, create_handler

__all__ = ["app", "handler"]

operation = open_service(__file__)
app = create_app("rerank", [JsonRoute(path, operation) for path in ("/v1/rerank", "/v2/rerank")])
handler = create_handler(app)
