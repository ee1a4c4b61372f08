"""Texts made out of others, for a teacher to label."""

import numpy as np
import pytest

from workbench.training.augment import BETWEEN, Nearest, augmented
from workbench.training.examples import UNLABELLED, Classified
from workbench.training.spec import AugmentSpec, TrainingError, TrainSpec

VOCABULARY = {"[CLS]": 0, "good": 1, "fine": 2, "bad": 3, "##ing": 4, "of": 5}
TABLE = np.array([[9, 9], [1, 0], [0.9, 0.1], [0, 1], [1, 0], [1, 0]], np.float32)
ROWS = [Classified((f"a good film {number} of some length and a bad end",), "yes") for number in range(20)]
ROWS += [Classified((f"a good film {number}",), "yes") for number in range(20)]


def test_near_words_come_first_and_pieces_never() -> None:
    nearest = Nearest(VOCABULARY, TABLE)
    assert list(nearest.of("good")) == ["fine", "bad"]
    assert not nearest.of("of")
    assert not nearest.of("film")


def test_texts_are_made_in_three_ways() -> None:
    made = augmented(AugmentSpec(rows=90), ROWS, Nearest(VOCABULARY, TABLE), 0)
    texts = [row.texts[0] for row in made]
    originals = {row.texts[0] for row in ROWS}
    assert len(texts) == 90
    assert all(row.label == UNLABELLED for row in made)
    left_out, replaced, joined = texts[0::3], texts[1::3], texts[2::3]
    assert all(set(text.split()) <= set(" ".join(originals).split()) for text in left_out)
    assert any(len(text.split()) < 11 for text in left_out)
    assert any("fine" in text for text in replaced)
    assert all(any(f" {between} " in text for between in BETWEEN) for text in joined)


def test_the_same_seed_makes_the_same() -> None:
    nearest = Nearest(VOCABULARY, TABLE)
    spec = AugmentSpec(rows=30)
    assert augmented(spec, ROWS, nearest, 1) == augmented(spec, ROWS[::-1], nearest, 1)
    assert augmented(spec, ROWS, nearest, 1) != augmented(spec, ROWS, nearest, 2)


def test_of_short_texts_nothing_is_made() -> None:
    with pytest.raises(TrainingError, match=r"train\.augment: .* 8 words"):
        augmented(AugmentSpec(rows=3), ROWS[20:], Nearest(VOCABULARY, TABLE), 0)


def test_nothing_is_made_without_a_teacher() -> None:
    plan = {"epochs": 1, "rank": 4, "learning_rate": 1e-3, "batch_size": 8, "max_tokens": 24, "held_out": 0.1}
    with pytest.raises(TrainingError, match=r"augment needs \[train\.teacher\]"):
        TrainSpec.checked(plan | {"augment": {"rows": 10}}, "model.toml")
