"""Labelled files: the public ones that a function is reported on, and those that users bring."""

import random
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator

from modelet.bundle import sha256_of
from workbench.evaluation.redact import read_labelled
from workbench.evaluation.summaries import read_summaries
from workbench.packager.languages import read_rows
from workbench.packager.similarity import read_pairs
from workbench.packager.spec import SPEC_FILE, ModelSpec, PackagerError
from workbench.training.examples import Ranked
from workbench.training.formats import FORMATS
from workbench.training.rows import Kind, kind_of, read_examples
from workbench.training.spec import DataSpec, TrainingError, TrainSpec, objective_name
from workbench.training.splits import held_out, key_of

__all__ = ["READERS", "Labelled", "ReportSet", "labelled", "pooled", "read", "report_sets"]

OTHERS = Path(__file__).with_name("sets.toml")


def pooled(rows: Sequence[Ranked]) -> list[Ranked]:
    """Each query among the passages of all, as in a search, where it comes with nothing but what answers it."""
    pool = tuple(dict.fromkeys(row.passages[0] for row in rows))
    places = {passage: place for place, passage in enumerate(pool)}
    return [replace(row, passages=pool, relevant=frozenset({places[row.passages[0]]})) for row in rows]


READERS: Final[Mapping[str, Callable[[Path], Iterable[Any]]]] = {
    **FORMATS,
    "languages": read_rows,
    "presidio": read_labelled,
    "squad-sentences": lambda path: pooled(list(FORMATS["squad-sentences"](path))),
    "sts": read_pairs,
    "summaries": read_summaries,
}


def _known(name: str) -> str:
    if name not in READERS:
        raise ValueError(f"{name!r} is none of {', '.join(sorted(READERS))}")
    return name


class ReportSet(DataSpec):
    """A public file to report on, in any format there is a reader for."""

    format: Annotated[str, AfterValidator(_known)]


class Labelled(NamedTuple):
    """Rows to measure on, and the public set that they are, if they are one."""

    name: str
    rows: Sequence[Any]
    source: DataSpec | None = None


def report_sets(function: Path) -> list[DataSpec]:
    """The sets that a function is reported on: in its model.toml, and in sets.toml where nothing is trained for it."""
    train = _toml(function / SPEC_FILE).get("train")
    declared = TrainSpec.checked(train, str(function / SPEC_FILE)).data if train else ()
    others = [dict(entry) for entry in _toml(OTHERS)["sets"] if function.name in entry["functions"]]
    return [
        *(entry for entry in declared if entry.use in {"report", "evaluate"}),
        *(ReportSet(**{name: value for name, value in entry.items() if name != "functions"}) for entry in others),
    ]


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def labelled(function: Path, path: Path, form: str | None, usual: str | None) -> list[Labelled]:
    """What is in the file at `path`, in the format `form`, or else in the `usual` one of such functions.

    A public set is known by its sha256, and only what of it is reserved for reports is taken.

    Raises:
        PackagerError: if there is no format of the name `form`.
        TrainingError, ValueError: if the file is not in its format; the message names the line.
    """
    if form is not None and form not in READERS:
        raise PackagerError(f"no format {form!r}; there are {', '.join(sorted(READERS))}")
    sha256 = sha256_of(path)
    known = [entry for entry in report_sets(function) if entry.sha256 == sha256 and form in (None, entry.format)]
    return [read(entry, path) for entry in known] or [_filled(Labelled(path.name, _own(function, path, form or usual)))]


def read(entry: DataSpec, path: Path) -> Labelled:
    """The rows of a public set that are reported on."""
    rows = list(READERS[entry.format](path))
    if entry.reserve:
        rows = [row for row in rows if held_out(key_of(row), entry.reserve)]
    if entry.limit is not None and entry.limit < len(rows):
        rows = random.Random(0).sample(rows, entry.limit)
    return _filled(Labelled(entry.file, rows, entry))


def _filled(found: Labelled) -> Labelled:
    if not found.rows:
        raise PackagerError(f"{found.name} has no rows to measure on")
    return found


def _own(function: Path, path: Path, form: str | None) -> list[Any]:
    """A user's rows: in a format by its name, or with the columns that training takes."""
    if form is not None:
        return list(READERS[form](path))
    spec = ModelSpec.load(function)
    return list(read_examples(path, _kind(path, spec), spec.labels))


def _kind(path: Path, spec: ModelSpec) -> Kind:
    """What judges pairs also takes texts with labels: zeroshot makes pairs of them."""
    objective = objective_name(spec)
    try:
        return kind_of(path, objective, pair=spec.pair)
    except TrainingError:
        return kind_of(path, objective, pair=False)
