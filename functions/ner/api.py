"""HTTPS: POST /v1/ner."""

from functions.ner.service import open_service
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/ner", open_service(__file__))
