"""From a function and a labelled file to figures: the bundle's, and beside them those of single precision."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from modelet.bundle import Bundle
from modelet.predictor import Predictor
from workbench.evaluation.metrics import Metric
from workbench.evaluation.results import Evaluated, Public, bins_of, compare
from workbench.evaluation.services import AnyOperation, open_operation
from workbench.evaluation.sets import Labelled, labelled, read, report_sets
from workbench.packager.package import build_reference
from workbench.packager.spec import ModelSpec, PackagerError
from workbench.training.data import find

__all__ = ["evaluate", "evaluate_reported"]

Measure = Callable[[AnyOperation, Sequence[Any]], list[Metric]]


class _Way(NamedTuple):
    """The module that measures a function, and the format of its files where that is not training's."""

    module: str
    form: str | None = None


_BY_NAME = {
    "redact": _Way("redact", "presidio"),
    "similarity": _Way("similarity", "sts"),
    "summarize": _Way("summarize", "summaries"),
}
_BY_ACTIVATION = {"sigmoid": _Way("rerank"), "softmax": _Way("zeroshot")}  # of what judges pairs
_BY_TASK = {
    "embedding": _Way("embed", "sts"),
    "language-identification": _Way("language", "languages"),
    "question-answering": _Way("qa"),
    "text-classification": _Way("classification"),
    "token-classification": _Way("ner"),
}


def evaluate(function: Path, data: Path, form: str | None = None) -> list[Evaluated]:
    """The figures of the function in that folder on the file `data`: one result, or one for each public set in it.

    Raises PackagerError or TrainingError, or ValueError naming the line that is malformed.
    """
    return _measured(function, labelled(function, data, form, _way(function).form))


def evaluate_reported(functions: Sequence[Path], folder: Path) -> Iterator[list[Evaluated]]:
    """Function by function, the figures on its public sets, whose files are below `folder` and are what is pinned.

    Raises PackagerError, TrainingError or ValueError, before anything is measured if a file is missing.
    """
    found = {function: _reported(function, folder) for function in functions}
    for function, sets in found.items():
        if sets:
            yield _measured(function, sets)


def _reported(function: Path, folder: Path) -> list[Labelled]:
    entries = report_sets(function)
    return [read(entry, path) for entry, path in zip(entries, find(entries, folder), strict=True)]


def _way(function: Path) -> _Way:
    if function.name in _BY_NAME:
        return _BY_NAME[function.name]
    spec = ModelSpec.load(function)
    task = spec.task
    if task == "pair-classification" and spec.activation:
        return _BY_ACTIVATION[spec.activation]
    if task not in _BY_TASK:
        raise PackagerError(
            f"{function.name}: nothing measures {task}; only {', '.join(_BY_NAME)} have a way of their own"
        )
    return _BY_TASK[task]


def _measured(function: Path, sets: Sequence[Labelled]) -> list[Evaluated]:
    measure, operation = _measure(_way(function).module), open_operation(function.name)
    with _reference(function, operation) as reference:
        return [_evaluated(function.name, found, measure, operation, reference) for found in sets]


def _measure(module: str) -> Measure:
    """Metrics are libraries': what only some modules need is imported with them."""
    try:
        found: Measure = import_module(f"workbench.evaluation.{module}").measure
    except ModuleNotFoundError as error:
        raise PackagerError(f"{error.name}, which computes metrics, is missing: pip install -e '.[evaluate]'") from None
    return found


@contextmanager
def _reference(function: Path, operation: AnyOperation) -> Iterator[AnyOperation | None]:
    """The same operation with the model in single precision, if its bundle was quantized."""
    if operation.predictor.manifest.precision != "int8":
        yield None
        return
    with tempfile.TemporaryDirectory() as scratch:
        found = build_reference(function, Path(scratch))
        bundle = Bundle(found.folder, found.manifest.model_copy(update={"precision": "fp32"}))
        task = type(operation.predictor.task)  # some functions read their bundle in a way of their own
        yield replace(operation, predictor=Predictor(bundle, task, operation.predictor.settings))


def _evaluated(
    name: str, found: Labelled, measure: Measure, operation: AnyOperation, reference: AnyOperation | None
) -> Evaluated:
    metrics = measure(operation, found.rows)
    expected = measure(reference, found.rows) if reference is not None else []
    manifest = operation.predictor.manifest
    return Evaluated(
        function=name,
        bundle=manifest.id,
        digest=manifest.digest,
        data=found.name,
        form=found.source.format if found.source else None,
        public=Public.of(found.source) if found.source else None,
        figures=compare(metrics, expected),
        bins=bins_of(metrics),
    )
