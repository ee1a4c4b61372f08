"""Soft labels: a bigger network learns first and is imitated (Hinton et al., 2015, https://arxiv.org/abs/1503.02531)."""

import dataclasses
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelet.tasks.activations import softmax
from workbench.packager.checkpoint import read_weights
from workbench.training.archive import fetch_archived
from workbench.training.examples import UNLABELLED, Classified
from workbench.training.labelling import Labeller
from workbench.training.learner import Task, make_learner
from workbench.training.loop import Plan
from workbench.training.record import TeacherRecord
from workbench.training.spec import TeacherSpec

__all__ = ["RowsToTeach", "Taught", "asked", "chosen_rows", "teach"]

LOGITS_FILE = "logits.npy"


@dataclass(frozen=True)
class RowsToTeach:
    """Rows with labels, rows that nobody labelled, and rows that the teacher is watched with as it learns."""

    labelled: Sequence[Classified]
    unlabelled: Sequence[Classified]
    watched: Sequence[Classified]


@dataclass(frozen=True)
class Taught:
    """The rows with what the teacher says of them, and what is recorded of it."""

    rows: list[Classified]
    record: TeacherRecord


def teach(spec: TeacherSpec, task: Task, rows: RowsToTeach, seed: int, folder: Path) -> Taught:
    """Train the teacher on some of the rows and have it label all of them. What it comes to is kept in `folder`."""
    folder.mkdir(exist_ok=True)
    files = fetch_archived(spec.source)
    weights = read_weights(files["weights"])
    learner = make_learner(task, files, rank=spec.rank, seed=seed, start=weights, dropout=spec.dropout)
    chosen = chosen_rows(spec, rows.labelled, seed)
    progress = learner.fit(
        learner.encode(chosen, folder),
        learner.encode(_long(spec, rows.watched), folder),
        Plan(spec.epochs, spec.learning_rate, spec.batch_size, seed),
        folder / "checkpoint.pt",
        spec.name,
    )
    every = [*rows.labelled, *rows.unlabelled]

    def logits() -> NDArray[np.float32]:
        encoded = learner.encode(asked(every, task), folder)
        return Labeller(learner, task, files, weights, encoded).label(encoded)

    said = softmax(_kept(folder / LOGITS_FILE, logits) / spec.temperature)
    record = TeacherRecord(
        name=spec.name,
        licence=spec.licence,
        sha256=spec.source.files["weights"].sha256,
        rows=len(chosen),
        made=len(rows.unlabelled),
        metric=round(progress.curve[-1].metric, 5),
        minutes=round(progress.seconds / 60, 1),
    )
    return Taught([_imitating(*pair, task.labels, spec.weight) for pair in zip(every, said, strict=True)], record)


def chosen_rows(spec: TeacherSpec, rows: Sequence[Classified], seed: int) -> list[Classified]:
    """Those of `rows` that the teacher is trained on."""
    long = _long(spec, rows)
    return random.Random(seed).sample(long, min(spec.rows, len(long)))


def asked(rows: Sequence[Classified], task: Task) -> list[Classified]:
    """The rows with some label, so that they can be encoded: outputs do not look at it."""
    return [dataclasses.replace(row, label=task.labels[0]) for row in rows]


def _long(spec: TeacherSpec, rows: Sequence[Classified]) -> list[Classified]:
    return [row for row in rows if len(row.texts[0].split()) >= spec.least_words]


def _kept(path: Path, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """What is in the file at `path`, made if it is not there."""
    if not path.exists():
        aside = path.with_suffix(".partial")
        with aside.open("wb") as file:
            np.save(file, make())
        aside.replace(path)
    array: NDArray[np.float32] = np.load(path)
    return array


def _imitating(row: Classified, said: NDArray[np.float32], labels: Sequence[str], weight: float) -> Classified:
    if row.label == UNLABELLED:
        return dataclasses.replace(row, label=labels[int(said.argmax())], soft=tuple(said))
    right = np.eye(len(labels))[labels.index(row.label)]
    return dataclasses.replace(row, soft=tuple(weight * said + (1 - weight) * right))
