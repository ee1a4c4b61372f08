"""HTTPS: POST /v1/similarity."""

from functions.similarity.service import open_service
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/similarity", open_service(__file__))
