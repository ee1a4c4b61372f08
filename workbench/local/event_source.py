"""A function's SQS event in the template: which queue, in which batches.

Source, with the limits: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html and
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.local.errors import TemplateError
from workbench.local.intrinsics import Resolver

__all__ = ["EventSourceMapping", "read_event_source"]

_SUPPORTED = {
    "BatchSize",
    "Enabled",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "Queue",
    "ScalingConfig",
}
_UNWINDOWED_BATCH = 10  # more in one batch needs a window


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """queue is a logical id, or a queue's name. window is in seconds; maximum_concurrency None leaves it to Lambda."""

    queue: str
    batch_size: int = 10
    window: int = 0
    maximum_concurrency: int | None = None
    reports_failures: bool = False
    enabled: bool = True


def read_event_source(where: str, properties: Mapping[str, Any], resolver: Resolver) -> EventSourceMapping:
    """The mapping of one event; raises TemplateError naming the property that is wrong or not supported locally."""
    if unknown := sorted(set(properties) - _SUPPORTED):
        raise TemplateError(
            f"{where}.{unknown[0]} is not supported locally; these are: {', '.join(sorted(_SUPPORTED))}"
        )

    def number(name: str, value: Any, low: int, high: int) -> int:
        text = resolver.text(value, f"{where}.{name}")
        if not text.isdecimal() or not low <= int(text) <= high:
            raise TemplateError(f"{where}.{name}: {text!r} is not a whole number from {low} to {high}")
        return int(text)

    concurrency = (properties.get("ScalingConfig") or {}).get("MaximumConcurrency")
    mapping = EventSourceMapping(
        queue=_queue(where, properties),
        batch_size=number("BatchSize", properties.get("BatchSize", 10), 1, 10_000),
        window=number("MaximumBatchingWindowInSeconds", properties.get("MaximumBatchingWindowInSeconds", 0), 0, 300),
        maximum_concurrency=None
        if concurrency is None
        else number("ScalingConfig.MaximumConcurrency", concurrency, 2, 1_000),
        reports_failures=_reports_failures(where, properties.get("FunctionResponseTypes") or []),
        enabled=_enabled(where, resolver.text(properties.get("Enabled", True), f"{where}.Enabled")),
    )
    if mapping.batch_size > _UNWINDOWED_BATCH and not mapping.window:
        raise TemplateError(f"{where}.BatchSize: over {_UNWINDOWED_BATCH} needs a MaximumBatchingWindowInSeconds")
    return mapping


def _reports_failures(where: str, types: Any) -> bool:
    if types not in ([], ["ReportBatchItemFailures"]):
        raise TemplateError(f"{where}.FunctionResponseTypes: expected [ReportBatchItemFailures], got {types!r}")
    return bool(types)


def _enabled(where: str, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise TemplateError(f"{where}.Enabled: expected true or false, got {text!r}")
    return text.lower() == "true"


def _queue(where: str, properties: Mapping[str, Any]) -> str:
    match properties.get("Queue"):
        case {"Fn::GetAtt": [str(queue), "Arn"]}:
            return queue
        case str(arn) if arn.startswith("arn:"):
            return arn.rsplit(":", 1)[-1]
        case other:
            raise TemplateError(f"{where}.Queue: expected !GetAtt <queue>.Arn or an ARN, got {other!r}")
