"""Whether a function's answer is one of success, for what would measure an error otherwise."""

import json
from collections.abc import Mapping
from typing import Any

from workbench.local.errors import LocalError

__all__ = ["require_success"]

_SHOWN = 200  # characters of an answer


def require_success(function: str, event: Mapping[str, Any], answer: Any) -> None:
    """Raise LocalError for an HTTP status of 400 or more, or a batch of which no message was answered."""
    match answer:
        case {"statusCode": int(status)} if status >= 400:
            pass
        case {"batchItemFailures": [_, *_] as failures} if len(failures) >= len(event.get("Records", [])):
            pass
        case _:
            return
    shown = json.dumps(answer, ensure_ascii=False)[:_SHOWN]
    raise LocalError(f"{function} does not answer this event, so there is nothing to measure: {shown}")
