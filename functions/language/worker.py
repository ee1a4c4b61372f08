"""SQS: each message body is a request body of POST /v1/language."""

from modelet.adapters.worker import create_worker
from modelet.services import classification
from modelet.tasks.language_identification import LanguageIdentificationTask

__all__ = ["handler"]

handler = create_worker(classification.open_service(__file__, LanguageIdentificationTask))
