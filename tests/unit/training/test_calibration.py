"""Scores that say too much are found out and folded back; needs the extra `train`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.tasks.activations import sigmoid, softmax
from modelet.tokenizer import TextTokenizer
from tests.tiny import write_tokenizer

EXTRA = "needs the extra: pip install -e '.[train]'"
pytest.importorskip("torch", reason=EXTRA)
pytest.importorskip("peft", reason=EXTRA)

from workbench.training.calibration import Calibration, calibrate, calibration_error  # noqa: E402
from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged  # noqa: E402
from workbench.training.objectives import OBJECTIVES, Encoded, Objective  # noqa: E402

ROWS = 4_000
LABELS = {"tagging": ("O", "B-X", "I-X"), "ranking": ("relevant",), "answering": ()}


def make(name: str, folder: Path) -> Objective:
    return OBJECTIVES[name](LABELS.get(name, ("a", "b", "c")), TextTokenizer(write_tokenizer(folder / "t.json")), 24)


def calibrated(calibration: Calibration, outputs: list[Any]) -> list[Any]:
    return [output * calibration.slope + calibration.shift for output in outputs]


def test_a_temperature_undoes_exaggeration(tmp_path: Path) -> None:
    objective, random = make("classification", tmp_path), np.random.default_rng(0)
    honest = random.normal(0, 1.5, (ROWS, 3))
    labels = [random.choice(("a", "b", "c"), p=softmax(row)) for row in honest]
    encoded = [objective.encode(Classified(("ab",), label)) for label in labels]
    outputs = list(honest * 3)
    found = calibrate(objective, outputs, encoded)
    assert found.method == "temperature"
    assert found.slope == pytest.approx(1 / 3, rel=0.05)
    assert calibration_error(objective, outputs, encoded) > 0.1
    assert calibration_error(objective, calibrated(found, outputs), encoded) < 0.025


def test_slope_and_shift_are_found_for_each_label_that_was_judged(tmp_path: Path) -> None:
    objective, random = make("flagging", tmp_path), np.random.default_rng(0)
    honest: Any = random.normal(-1, 2, (ROWS, 3))
    holds = random.random((ROWS, 3)) < sigmoid(honest)
    judged = [{label: float(row[i]) for i, label in enumerate("ab")} for row in holds]
    judged = [{"c": float(holds[n][2]), **flags} if n % 2 else flags for n, flags in enumerate(judged)]
    encoded = [objective.encode(Flagged("ab", flags)) for flags in judged]
    found = calibrate(objective, list((honest - [0, 1, -2]) / [1, 0.5, 2]), encoded)
    np.testing.assert_allclose(found.slope, [1, 0.5, 2], rtol=0.1)
    np.testing.assert_allclose(found.shift, [0, 1, -2], atol=0.2)


@pytest.mark.parametrize("holds", [[0.0] * 30, [1.0] * 30, [1.0] + [0.0] * 29])  # in the last the lowest score holds
def test_too_few_rows_never_turn_an_order_round(holds: list[float], tmp_path: Path) -> None:
    objective = make("flagging", tmp_path)
    encoded = [objective.encode(Flagged("ab", {"a": one})) for one in holds]
    outputs = [np.array([logit, 0, 0]) for logit in np.linspace(-3, 3, 30)]
    found = calibrate(objective, outputs, encoded)
    assert (found.slope[0], found.shift[0]) == (1, 0)


def test_labels_that_are_always_right_stay_finite(tmp_path: Path) -> None:
    flagging, classification = make("flagging", tmp_path), make("classification", tmp_path)
    flags = [flagging.encode(Flagged("ab", dict.fromkeys("abc", float(n % 2)))) for n in range(40)]
    found = calibrate(flagging, [np.full(3, 9.0 if n % 2 else -9.0) for n in range(40)], flags)
    assert np.isfinite(found.slope).all()
    assert (found.slope > 0).all()
    labels = [classification.encode(Classified(("ab",), "abc"[n % 3])) for n in range(40)]
    certain = calibrate(classification, [np.eye(3)[n % 3] for n in range(40)], labels)
    assert softmax(np.eye(3)[0] * certain.slope).max() == pytest.approx(1 - 2 / 3 / 41, abs=1e-3)


def rows_of(encoded: list[Encoded], columns: int) -> list[Any]:
    random = np.random.default_rng(1)
    shapes = [(len(sequence), columns) for one in encoded for sequence in one.sequences]
    return [random.normal(size=shape).astype(np.float32) for shape in shapes]


def test_tokens_and_answers_have_a_temperature_too(tmp_path: Path) -> None:
    for name, example in (
        ("tagging", Tagged("ab cd", (Span(3, 5, "X"),))),
        ("answering", Question("ab", "cd ef gh", (Span(3, 5),))),
        ("answering", Question("ab", "cd ef gh", region=Span(0, 8))),
    ):
        objective = make(name, tmp_path)
        encoded = [objective.encode(example)]
        if name == "answering":
            encoded.append(objective.encode(Question("a", "bc", (Span(0, 2),))))
        outputs = rows_of(encoded, objective.columns)
        assert calibrate(objective, outputs, encoded).method == "temperature"
        assert 0 <= calibration_error(objective, outputs, encoded) <= 1


def test_relevance_is_a_probability_of_each_passage(tmp_path: Path) -> None:
    objective = make("ranking", tmp_path)
    encoded = [objective.encode(Ranked("a", ("b", "c", "d", "e"), frozenset({n % 4}))) for n in range(200)]
    outputs = [np.array([8.0 if i == n % 4 else 6.0]) for n in range(200) for i in range(4)]
    found = calibrate(objective, outputs, encoded)
    scores = sigmoid(np.concatenate(calibrated(found, outputs)))
    assert scores[:4] == pytest.approx([1, 0, 0, 0], abs=0.05)
