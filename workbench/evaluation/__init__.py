"""Quality on labelled files, function by function: what `modelet evaluate` prints."""

from collections.abc import Callable
from pathlib import Path

from workbench.evaluation import embed, redact
from workbench.packager.spec import PackagerError

__all__ = ["evaluate"]

Figures = embed.Similarity | list[redact.TypeScore]


def _redact(_: Path, data: Path) -> Figures:
    return redact.evaluate_service(data)


_EVALUATIONS: dict[str, Callable[[Path, Path], Figures]] = {"embed": embed.evaluate, "redact": _redact}


def evaluate(function: Path, data: Path) -> Figures:
    """The figures of the function in that folder on `data`. Raises ValueError naming the row that is malformed."""
    if function.name not in _EVALUATIONS:
        raise PackagerError(f"{function.name} has no evaluation; there are {', '.join(_EVALUATIONS)}")
    return _EVALUATIONS[function.name](function, data)
