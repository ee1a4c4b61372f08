"""HTTPS: POST /v1/redact."""

from functions.redact.service import redactions
from modelet.adapters.http import create_api

__all__ = ["app", "handler"]

app, handler = create_api("/v1/redact", redactions)
