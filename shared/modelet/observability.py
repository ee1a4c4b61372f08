"""Logs, metrics (CloudWatch's embedded metric format) and, when turned on, traces. Never any of a user's text."""

from collections.abc import Callable
from functools import wraps
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.metrics.functions import is_metrics_disabled

from modelet.init import init_ends
from modelet.predictor import Prediction
from modelet.settings import Settings

__all__ = ["Handler", "log_failure", "logger", "observed", "record"]

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

logger = Logger()
metrics = Metrics(namespace="modelet")


def record(prediction: Prediction) -> None:
    """Metrics of one prediction, emitted when the handler returns."""
    metrics.add_metric("Inputs", MetricUnit.Count, prediction.inputs)
    metrics.add_metric("CacheHits", MetricUnit.Count, prediction.cached)
    metrics.add_metric("Tokens", MetricUnit.Count, prediction.tokens)
    metrics.add_metric("PredictTime", MetricUnit.Milliseconds, prediction.milliseconds)


def observed(handler: Handler, settings: Settings) -> Handler:
    """`handler` with the request id in its logs, its metrics flushed, and traced when `settings` say so.

    It is what INIT makes last.
    """
    init_ends()
    # Powertools prints the metric of a cold start even where metrics are disabled.
    count_cold_starts = metrics.log_metrics(capture_cold_start_metric=not is_metrics_disabled())
    measured: Handler = count_cold_starts(_counting_failures(handler))
    logged: Handler = logger.inject_lambda_context(measured, log_event=False)  # whatever the environment says
    return _traced(logged) if settings.tracing else logged


def _counting_failures(handler: Handler) -> Handler:
    """`handler` with a zero in the metric Failures at every call: an alarm needs it, and Powertools warns of none."""

    @wraps(handler)
    def counting(event: dict[str, Any], context: Any) -> dict[str, Any]:
        metrics.add_metric("Failures", MetricUnit.Count, 0)
        return handler(event, context)

    return counting


def _traced(handler: Handler) -> Handler:
    from aws_lambda_powertools.tracing import Tracer  # needs the extra modelet[tracing]; costs 40 ms and more

    traced: Handler = Tracer().capture_lambda_handler(handler, capture_response=False, capture_error=False)
    return wraps(handler)(traced)


def log_failure(error: Exception, **context: str) -> None:
    """Log where `error` came from, with `context`, but not its message, which may quote a user's text."""
    metrics.add_metric("Failures", MetricUnit.Count, 1)
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in extract_tb(error.__traceback__)]
    logger.error("unexpected failure", extra={"error": type(error).__name__, "frames": frames[-8:], **context})
