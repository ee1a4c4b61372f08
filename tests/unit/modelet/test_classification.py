"""Classifiers of texts and of pairs against plain numpy, on a random model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from modelet.manifest import Activation
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.activations import FUNCTIONS, sigmoid, softmax
from modelet.tasks.pair_classification import PairClassificationTask
from modelet.tasks.text_classification import Classification, TextClassificationTask
from tests.tiny import write_bundle
from tests.unit.packager.reference import CONFIG, checkpoint, forward

SETTINGS = Settings(cache_bytes=1 << 20, threads=2)
MAX_TOKENS, OVERLAP = 14, 4
LETTER_A = 4  # its token id; b is 5, and so on


def logits(ids: list[int]) -> NDArray[np.float32]:
    expected: NDArray[np.float32] = forward(checkpoint(), CONFIG, np.array([ids]), "sequence")["logits"][0].astype("f4")
    return expected


def opened(folder: Path, overlap: int = 0, activation: Activation = "softmax") -> Predictor[str, Classification]:
    bundle = write_bundle(folder / "model", "text-classification", MAX_TOKENS, overlap, activation)
    return Predictor(bundle, TextClassificationTask, SETTINGS)


def test_activations_are_exact_and_overflow_for_nothing() -> None:
    rows = np.array([[-1000, 0, 1], [1000, 999, -1e30]], np.float32)
    with np.errstate(all="raise", under="ignore"):
        each, one = sigmoid(rows), softmax(rows)
    np.testing.assert_allclose(each, [[0, 0.5, 1 / (1 + np.exp(-1))], [1, 1, 0]], atol=1e-7)
    np.testing.assert_allclose(one, [[0, 1 / (1 + np.e), np.e / (1 + np.e)], [np.e / (1 + np.e), 1 / (1 + np.e), 0]])
    assert each.dtype == one.dtype == np.float32


def test_without_an_overlap_a_text_is_cut_and_it_is_told(tmp_path: Path) -> None:
    short, exact, cut = opened(tmp_path).predict(["bad", "a " * 12, "a " * 13])
    np.testing.assert_allclose(short.probabilities, softmax(logits([2, 5, 27, 30, 3])[np.newaxis])[0], atol=1e-5)
    assert [(one.tokens, one.truncated) for one in (short, exact, cut)] == [(5, False), (14, False), (14, True)]
    assert cut.probabilities.tobytes() == exact.probabilities.tobytes()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_with_an_overlap_every_label_has_its_best_window(tmp_path: Path, activation: Activation) -> None:
    [answer] = opened(tmp_path, OVERLAP, activation).predict(["a " * 9 + "b " * 9])
    ids = [LETTER_A] * 9 + [LETTER_A + 1] * 9
    windows = np.array([logits([2, *ids[one], 3]) for one in (slice(0, 12), slice(8, 18))])
    expected = FUNCTIONS[activation](windows).max(axis=0)
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-5)
    assert (answer.tokens, answer.truncated) == (14 + 12, False)


def test_scores_by_another_function_come_of_the_same_run(tmp_path: Path) -> None:
    [answer] = opened(tmp_path).predict(["bad"])
    expected = logits([2, 5, 27, 30, 3])
    np.testing.assert_allclose(answer.scores("none"), expected, atol=1e-4)
    np.testing.assert_allclose(answer.scores("sigmoid"), sigmoid(expected), atol=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        answer.logits[0] = 0


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Predictor[tuple[str, str], Classification]:
    bundle = write_bundle(tmp_path_factory.mktemp("pairs") / "model", "pair-classification", MAX_TOKENS)
    return Predictor(bundle, PairClassificationTask, SETTINGS)


@pytest.mark.parametrize(
    ("first", "second", "ids", "truncated"),
    [
        ("a", "b c", [2, 4, 3, 5, 6, 3], False),
        ("a a", "b " * 20, [2, 4, 4, 3, *[5] * 9, 3], True),
        ("a " * 20, "b", [2, *[4] * 10, 3, 5, 3], True),
        ("a " * 20, "b " * 20, [2, *[4] * 5, 3, *[5] * 6, 3], True),
        (" ", "b", [2, 3, 5, 3], False),
    ],
)
def test_a_pair_is_read_at_once(pairs: Any, first: str, second: str, ids: list[int], truncated: bool) -> None:
    [answer] = pairs.predict([(first, second)])
    np.testing.assert_allclose(answer.scores("none"), logits(ids), atol=1e-4)
    assert (answer.tokens, answer.truncated) == (len(ids), truncated)


def test_no_text_of_a_pair_can_forge_its_end(pairs: Any) -> None:
    forged, honest = pairs.predict([("a [SEP] b", "c"), ("a", "b [SEP] c")])
    assert forged.logits.tobytes() != honest.logits.tobytes()


def test_pairs_of_the_same_letters_are_told_apart(pairs: Any) -> None:
    answers = pairs.predict([("ab", "c"), ("a", "bc"), ("c", "ab"), ("ab", "c")])
    assert len({answer.logits.tobytes() for answer in answers}) == 3
    assert answers[0].logits.tobytes() == answers[3].logits.tobytes()
