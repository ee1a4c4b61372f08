"""HTTPS: POST /v1/language."""

from modelet.adapters.http import create_api
from modelet.services import classification
from modelet.tasks.language_identification import LanguageIdentificationTask

__all__ = ["app", "handler"]

app, handler = create_api("/v1/language", classification.open_service(__file__, LanguageIdentificationTask))
