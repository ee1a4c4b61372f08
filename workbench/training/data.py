"""The rows to train on, to watch and to report on: those that `[train]` names, or a user's own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from modelet.bundle import sha256_of
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.progress import task_progress
from workbench.training.assemble import Entry, assemble, split
from workbench.training.compose import Neighbours, with_negatives
from workbench.training.examples import Classified, Ranked
from workbench.training.record import DataRecord
from workbench.training.repeats import Repeats
from workbench.training.rows import Kind, kind_of, read_examples, read_rows
from workbench.training.spec import DataSpec, TrainingError, TrainSpec
from workbench.training.splits import held_out, key_of

__all__ = ["Rows", "Survey", "declared_rows", "find", "own_rows", "survey"]

OWN_HELD_OUT, MOST_HELD_OUT = 0.1, 5_000  # of a user's rows: the share, and no more than so many
FEWEST = 20  # rows
NEGATIVES = 5  # for each query of a user's file that has none
SAY_EVERY = 1_000  # rows
Embedder = Callable[[], Predictor[str, Embedding]]


@dataclass(frozen=True)
class Rows:
    """Examples by what they are for; those of `reports` by the name of their file, those `unlabelled` for a teacher."""

    training: Iterable[Any]
    held_out: Iterable[Any]
    reports: Mapping[str, Iterable[Any]]
    data: tuple[DataRecord, ...]
    unlabelled: Sequence[Any] = ()


def find(entries: Sequence[DataSpec], folder: Path) -> list[Path]:
    """Each entry's file, anywhere below `folder`. Raises TrainingError if one is not there or not what is pinned."""
    if not folder.is_dir():
        raise TrainingError(f"{folder} is no folder; --data-folder is where the files that model.toml names lie")
    return [_find(entry, folder) for entry in entries]


def _find(entry: DataSpec, folder: Path) -> Path:
    found = next(iter(sorted(folder.rglob(entry.file))), None)
    if found is None:
        raise TrainingError(f"{folder} has no {entry.file}; it is from {entry.source}")
    pinned = {found: entry.sha256} | {found.with_name(one.path): one.sha256 for one in entry.beside}
    for path, sha256 in pinned.items():
        if not path.is_file():
            raise TrainingError(f"{path} is missing; it belongs to {entry.file}, from {entry.source}")
        if (actual := sha256_of(path)) != sha256:
            raise TrainingError(f"{path} has sha256 {actual}, but {sha256} is pinned; refused")
    return found


def declared_rows(spec: TrainSpec, folder: Path, embedder: Embedder) -> Rows:
    """The rows of the files that `[train]` names."""
    used = [entry for entry in spec.data if entry.use != "evaluate"]
    found = [
        (entry, assemble(_entry(entry, path), spec.seed + number, embedder))
        for number, (entry, path) in enumerate(zip(used, find(used, folder), strict=True))
    ]
    training, watched = split(
        [row for entry, rows in found if entry.use == "train" and not entry.apart for row in rows],
        spec.held_out,
        spec.seed,
    )
    reports = {entry.file: rows for entry, rows in found if entry.use == "report"}
    found = [(entry, _new(rows, [watched, *reports.values()]) if entry.apart else rows) for entry, rows in found]
    training += [row for entry, rows in found if entry.apart for row in rows]
    unlabelled = [row for entry, rows in found if entry.use == "imitate" for row in rows]
    return Rows(training, watched, reports, tuple(_recorded(entry, len(rows)) for entry, rows in found), unlabelled)


def _new(rows: Sequence[Classified], measured: Iterable[Sequence[Classified]]) -> list[Classified]:
    """Those of `rows` that repeat none of what is measured with."""
    repeats = Repeats(text for those in measured for row in those for text in row.texts)
    return [row for row in rows if not any(map(repeats, row.texts))]


def _entry(spec: DataSpec, path: Path) -> Entry:
    return Entry(
        path=path,
        format=spec.format,
        limit=spec.limit,
        reserve=spec.reserve,
        reserved=spec.use == "report",
        among=spec.among,
        unanswerable=spec.unanswerable,
        negatives=spec.negatives,
    )


def _recorded(spec: DataSpec, rows: int) -> DataRecord:
    told = spec.model_dump(include={"file", "sha256", "licence", "source", "use"})
    return DataRecord(**told, rows=rows)


@dataclass(frozen=True)
class Survey:
    """What a user's file holds, once every line of it was found good."""

    path: Path
    kind: Kind
    rows: int
    labels: tuple[str, ...]


def survey(path: Path, objective: str, *, pair: bool) -> Survey:
    """Read all of `path`. Raises TrainingError naming line and field, or what the rows as a whole lack."""
    kind = kind_of(path, objective, pair=pair)
    labels: dict[str, int] = {}
    count = found = 0
    with task_progress(f"reading {path.name}") as progress:
        for count, row in enumerate(read_rows(path, kind), 1):
            found += row.finds
            for label in row.labels_there:
                labels[label] = labels.get(label, 0) + 1
            if not count % SAY_EVERY:
                progress.update(count)
    if count < FEWEST:
        raise TrainingError(f"{path} has {count} rows; give at least {FEWEST}, a few hundred to learn something")
    if not found:
        raise TrainingError(f"{path}: no row has {kind.sought}, so that nothing could be learned")
    _check_labels(path, objective, labels, count)
    return Survey(path, kind, count, tuple(sorted(labels)))


def _check_labels(path: Path, objective: str, labels: Mapping[str, int], rows: int) -> None:
    match objective:
        case "classification" if len(labels) < 2:
            raise TrainingError(f"{path}: every row has the label {next(iter(labels))!r}; give rows of two or more")
        case "tagging" | "flagging" if not set(labels) - {"O"}:
            raise TrainingError(f"{path}: no row has a {'span' if objective == 'tagging' else 'label'}")
        case "flagging" if always := [label for label, times in labels.items() if times == rows]:
            raise TrainingError(f"{path}: every row has the label {always[0]!r}; give rows without it")


def own_rows(found: Survey, labels: Sequence[str], embedder: Embedder, seed: int) -> Rows:
    """The rows of a user's file; those of one text are held out together. It is read once more for each part."""
    examples: Callable[[], Iterable[Any]] = partial(read_examples, found.path, found.kind, labels)
    if found.kind.ranks and all(len(row.relevant) == len(row.passages) for row in examples()):
        examples = partial(iter, _with_wrong_passages(found.path, list(examples()), embedder, seed))
    share = min(OWN_HELD_OUT, MOST_HELD_OUT / found.rows)
    training, watched = _part(examples(), share, watched=False), _part(examples(), share, watched=True)
    return Rows(training, watched, {}, (_own_record(found),))


def _part(examples: Iterable[Any], share: float, *, watched: bool) -> Iterator[Any]:
    return (one for one in examples if held_out(key_of(one), share) == watched)


def _with_wrong_passages(path: Path, rows: list[Ranked], embedder: Embedder, seed: int) -> list[Ranked]:
    """`rows` whose passages all answer their queries, each with others of the file that are like the query."""
    passages = [passage for row in rows for passage in row.passages]
    among = min(4 * NEGATIVES, len(set(passages)) - 2)
    if among < NEGATIVES:
        raise TrainingError(f"{path}: every passage is relevant; give queries passages that do not answer them, too")
    return list(with_negatives(rows, Neighbours(passages, embedder()), count=NEGATIVES, among=among, seed=seed))


def _own_record(found: Survey) -> DataRecord:
    name, sha256 = found.path.name, sha256_of(found.path)
    return DataRecord(file=name, sha256=sha256, licence="own", source="own", use="train", rows=found.rows)
