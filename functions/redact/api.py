"""HTTPS: POST /v1/redact."""

from functions.redact.schema import RedactRequest, RedactResponse
from functions.redact.service import predictor, redactions
from modelet.adapters.http import create_app, create_handler, json_router

__all__ = ["app", "handler"]

router = json_router("redact")


@router.post("/v1/redact")
async def redact_texts(body: RedactRequest) -> RedactResponse:
    """Find personal data in one or more texts and mask it."""
    return redactions(body)


app = create_app("redact", predictor, [router])
handler = create_handler(app)
