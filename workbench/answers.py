"""An answer of a handler in a line."""

import base64
import json
from collections.abc import Sequence
from typing import Any

__all__ = ["in_short"]

SHORT = 56  # characters


def in_short(answer: Any, event: Any) -> str:
    """What an HTTP client or the queue would learn from `answer`, the result for `event`."""
    if "batchItemFailures" in answer:
        records, failed = len(event["Records"]), len(answer["batchItemFailures"])
        return f"{records - failed} of {records} messages answered" + (f", {failed} refused" if failed else "")
    body = answer.get("body", "")
    text = base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body
    line = f"{answer.get('statusCode')} {_body(json.loads(text))}"
    return line if len(line) <= SHORT else f"{line[: SHORT - 3]}..."


def _body(body: Any) -> str:
    match body:
        case {"data": [{"embedding": str(code)}, *_] as data}:
            return f"{len(data)} in base64: {code[:16]}..."
        case {"data": [{"embedding": [*numbers]}, *_] as data}:
            return f"{len(data)} x {len(numbers)}: {_numbers(numbers)}"
        case {"error": {"message": str(message)}} | {"detail": str(message)}:
            return message
        case {"results": [*results]}:
            return _body(results)
        case [[float(), *_] as numbers, *_]:
            return f"{len(body)} x {len(numbers)}: {_numbers(numbers)}"
        case [float(), *_]:
            return _numbers(body)
        case [[*_], *_]:
            return "; ".join(map(_body, body))
        case [{"text": str(), "spans": _} | {"summary_text": str()}, *_]:
            return _one(body[0])
        case [*several]:
            return ", ".join(map(_one, several))
    return _one(body)


def _one(item: Any) -> str:
    match item:
        case {"summary_text": str(text)} | {"text": str(text), "spans": _}:
            return text
        case {"label": str(label), "score": float(score)}:
            return f"{label} {score:.3f}"
        case {"entity_group": str(group), "word": str(word)}:
            return f"{group} {word}"
        case {"answer": str(answer), "score": float(score)}:
            return f'"{answer}" {score:.3f}'
        case {"index": int(index), "relevance_score": float(score)} | {"index": int(index), "score": float(score)}:
            return f"{index}: {score:.3f}"
    return json.dumps(item)


def _numbers(numbers: Sequence[float]) -> str:
    return f"[{', '.join(f'{number:.3f}' for number in numbers[:3])}, ...]"
