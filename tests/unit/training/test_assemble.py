"""Training rows from files: the same for the same seed, and never a reserved one."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from workbench.training.assemble import Entry, assemble, split
from workbench.training.compose import Neighbours, among_others, with_negatives
from workbench.training.examples import Classified, Question, Ranked, Span
from workbench.training.splits import held_out

TEXTS = [f"{noun} {verb}" for noun in ("cats", "dogs", "kings", "ships") for verb in ("sleep", "run", "sail", "rule")]


class Letters:
    """Vectors of letter counts: texts that share letters are alike."""

    def predict(self, texts: Sequence[str]) -> list[Any]:
        counts = [
            np.array([text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"], np.float32) for text in texts
        ]
        return [SimpleNamespace(vector=count / np.linalg.norm(count)) for count in counts]


def embedder() -> Any:
    return Letters()


@pytest.fixture
def near() -> Neighbours:
    return Neighbours(TEXTS, embedder())


def test_the_nearest_come_first_and_a_text_is_nearest_to_itself(near: Neighbours) -> None:
    [found] = near.nearest(["dogs sleep"], 3)
    assert found[0] == "dogs sleep"
    assert len(set(found)) == 3


def test_answers_move_with_their_passage(near: Neighbours) -> None:
    questions = [Question(f"who? {text}", text, (Span(0, 4),)) for text in TEXTS]
    composed = list(among_others(questions, near, most=4, unanswerable=0.3, seed=0))
    for before, after in zip(questions, composed, strict=True):
        for span in after.answers:
            assert after.passage[span.start : span.end] == before.passage[:4]
        assert bool(after.answers) == (before.passage in after.passage)
    assert {bool(question.answers) for question in composed} == {True, False}
    assert composed == list(among_others(questions, near, most=4, unanswerable=0.3, seed=0))


def test_no_relevant_passage_is_taken_for_a_wrong_one(near: Neighbours) -> None:
    rows = [Ranked(text, (text,), frozenset({0})) for text in TEXTS]
    for row, ranked in zip(rows, with_negatives(rows, near, count=3, among=6, seed=0), strict=True):
        assert ranked.passages[0] == row.query
        assert row.query not in ranked.passages[1:]
        assert len(ranked.passages) == 4


def test_reserved_rows_are_never_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    questions = [f"question {number}" for number in range(400)]
    path.write_text(json.dumps({"questions": questions, "answers": [f"{q} answered" for q in questions]}))
    trained = assemble(Entry(path, "squad-sentences", reserve=0.25), 0, embedder)
    reserved = assemble(Entry(path, "squad-sentences", reserve=0.25, reserved=True), 0, embedder)
    assert {row.query for row in trained}.isdisjoint(row.query for row in reserved)
    assert len(trained) + len(reserved) == 400
    assert 70 < len(reserved) < 130
    assert all(held_out(row.query, 0.25) for row in reserved)


def test_limits_draw_by_the_seed(tmp_path: Path) -> None:
    path = tmp_path / "emotion.jsonl"
    path.write_text("".join(f'{{"text": "{number}", "label": "joy"}}\n' for number in range(50)))
    first, again, other = (assemble(Entry(path, "emotion", limit=5), seed, embedder) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 5


def test_a_split_loses_nothing_and_parts_no_premise() -> None:
    rows = [Classified((f"premise {number // 3}", f"hypothesis {number}"), "neutral") for number in range(300)]
    trained, watched = split(rows, 0.07, seed=3)
    assert len(watched) == 3 * 7
    assert {row.texts[0] for row in trained}.isdisjoint(row.texts[0] for row in watched)
    assert sorted([*trained, *watched], key=rows.index) == rows
    assert split(rows, 0.07, seed=4)[1] != watched
