"""HTTPS: POST /v1/summarize."""

from functions.summarize.service import open_service
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/summarize", open_service(__file__))
