"""Logs, metrics (CloudWatch's embedded metric format) and, when turned on, traces. Never any of a user's text."""

from collections.abc import Callable
from functools import wraps
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools.logging import Logger

from modelet.init import init_ends
from modelet.metrics import Metrics
from modelet.predictor import Prediction
from modelet.settings import Settings

__all__ = ["Handler", "log_failure", "logger", "observed", "record"]

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

logger = Logger()
metrics = Metrics(logger.service)


def record(prediction: Prediction) -> None:
    """Metrics of one prediction, emitted when the handler returns."""
    metrics.add(
        {
            "Inputs": prediction.inputs,
            "CacheHits": prediction.cached,
            "Tokens": prediction.tokens,
            "PredictTime": prediction.milliseconds,
        }
    )


def observed(handler: Handler, settings: Settings) -> Handler:
    """`handler` with the request id in its logs, and with metrics and traces when `settings` say so.

    It is what INIT makes last.
    """
    init_ends()
    measured = _measured(handler) if settings.metrics else handler
    logged: Handler = logger.inject_lambda_context(measured, log_event=False)  # whatever the environment says
    return _traced(logged) if settings.tracing else logged


def _measured(handler: Handler) -> Handler:
    """`handler` with the metrics of each call printed when it returns or fails."""

    @wraps(handler)
    def measuring(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        finally:
            metrics.flush()

    return measuring


def _traced(handler: Handler) -> Handler:
    from aws_lambda_powertools.tracing import Tracer  # needs the extra modelet[tracing]; costs 40 ms and more

    traced: Handler = Tracer().capture_lambda_handler(handler, capture_response=False, capture_error=False)
    return wraps(handler)(traced)


def log_failure(error: Exception, **context: str) -> None:
    """Log where `error` came from, with `context`, but not its message, which may quote a user's text."""
    metrics.add({"Failures": 1})
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in extract_tb(error.__traceback__)]
    logger.error("unexpected failure", extra={"error": type(error).__name__, "frames": frames[-8:], **context})
