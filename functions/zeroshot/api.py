"""HTTPS: POST /v1/zeroshot."""

from functions.zeroshot.service import open_service
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/zeroshot", open_service(__file__))
