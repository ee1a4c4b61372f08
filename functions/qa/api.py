"""HTTPS: POST /v1/qa."""

from functions.qa.service import open_service
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/qa", open_service(__file__))
