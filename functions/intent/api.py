"""HTTPS: POST /v1/intent."""

from modelet.adapters.http import create_api
from modelet.services import classification

__all__ = ["app", "handler"]

app, handler = create_api("/v1/intent", classification.open_service(__file__))
