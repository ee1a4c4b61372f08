"""From a file that `[train]` names to the rows that are trained on: a pure function of file, entry and seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.training.compose import Neighbours, among_others, with_hypotheses, with_negatives
from workbench.training.examples import Described
from workbench.training.formats import FORMATS
from workbench.training.splits import held_out, key_of

__all__ = ["Entry", "assemble", "split"]

Row = TypeVar("Row")


@dataclass(frozen=True)
class Entry:
    """A file, how it is read, and which of its rows are used how.

    `limit` rows at most, drawn by the seed. `reserve` is the share of rows kept for reporting, by `held_out`.
    `among` puts a question's passage among up to so many others, `negatives` adds so many wrong passages to a query,
    or so many names that do not hold to a described text.
    """

    path: Path
    format: str
    limit: int | None = None
    reserve: float = 0.0
    reserved: bool = False  # take these instead of the others
    among: int = 0
    unanswerable: float = 0.1
    negatives: int = 0


def assemble(entry: Entry, seed: int, embedder: Callable[[], Predictor[str, Embedding]]) -> list[Any]:
    """The rows of an entry; `embedder` is opened only where passages are to be found that look alike."""
    rows = list(FORMATS[entry.format](entry.path))
    if entry.reserve:
        rows = [row for row in rows if held_out(key_of(row), entry.reserve) == entry.reserved]
    if entry.limit is not None and entry.limit < len(rows):
        rows = random.Random(seed).sample(rows, entry.limit)
    if rows and isinstance(rows[0], Described):
        return list(with_hypotheses(rows, wrong=entry.negatives, seed=seed))
    if entry.among:
        near = Neighbours([row.passage for row in rows], embedder())
        return list(among_others(rows, near, most=entry.among, unanswerable=entry.unanswerable, seed=seed))
    if entry.negatives:
        near = Neighbours([passage for row in rows for passage in row.passages], embedder())
        return list(with_negatives(rows, near, count=entry.negatives, among=4 * entry.negatives, seed=seed))
    return rows


def split(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Rows to train on, and rows to watch and to calibrate with; no text or premise is in both."""
    keys = [key_of(row) for row in rows]
    different = list(dict.fromkeys(keys))
    watched = set(random.Random(seed).sample(different, int(len(different) * share)))
    keyed = list(zip(keys, rows, strict=True))
    return [row for key, row in keyed if key not in watched], [row for key, row in keyed if key in watched]
