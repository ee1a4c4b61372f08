"""HTTPS: POST /v1/moderate."""

from modelet.adapters.http import create_api
from modelet.services import classification

__all__ = ["app", "handler"]

app, handler = create_api("/v1/moderate", classification.open_service(__file__))
