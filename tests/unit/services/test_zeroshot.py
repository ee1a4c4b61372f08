"""zeroshot: entailment and similarity to scores, and the shapes of its answers."""

from math import log
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from functions.zeroshot import scoring
from functions.zeroshot.service import open_service
from modelet.errors import BundleError, InputTooLargeError, InvalidInputError
from modelet.operation import Operation
from tests.tiny import write_bundle
from tests.unit.services.conftest import Open, ask

LABELS = ["ab", "cd", "ef gh"]


def test_odds_are_of_entailment_against_all_else() -> None:
    odds = scoring.entailment_odds([log(0.1), log(0.7), log(0.2)], 1)
    assert odds == pytest.approx(log(0.7 / 0.3))


def test_both_are_weighed_and_one_alone_is_not() -> None:
    weight = scoring.ENTAILMENT_WEIGHT
    assert scoring.combined([2.0, -1.0], [0.5, 1.0]) == [2 * weight + 0.5, -weight + 1.0]
    assert scoring.combined([2.0], []) == [2.0]
    assert scoring.combined([], [0.5]) == [0.5]


def test_scores_are_of_one_label_or_of_each() -> None:
    assert sum(scoring.scores([1.0, 0.0, -2.0], multi_label=False)) == pytest.approx(1)
    assert scoring.scores([0.0, 0.0], multi_label=True) == [0.5, 0.5]


@pytest.fixture
def service(open_tiny: Open, tmp_path: Path) -> Operation[Any, Any, Any, Any]:
    write_bundle(tmp_path / "companions" / "embed")
    return open_tiny(open_service, "pair-classification", labels=["contradiction", "entailment", "neutral"])


def test_without_its_companion_it_tells_what_to_run(open_tiny: Open, tmp_path: Path) -> None:
    with pytest.raises(
        BundleError, match=rf"companions/embed/manifest\.json .*modelet package {tmp_path.name} --force"
    ):
        open_tiny(open_service, "pair-classification")


@pytest.mark.parametrize("method", ["both", "entailment", "similarity"])
def test_a_text_gives_its_labels_by_falling_score(service: Operation[Any, Any, Any, Any], method: str) -> None:
    parameters = {"candidate_labels": LABELS, "method": method}
    found = ask(service, inputs="ab", parameters=parameters)
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1)
    assert sorted(one["label"] for one in found) == LABELS
    assert ask(service, inputs=["cd", "ab"], parameters=parameters)[1] == found


def test_the_hypothesis_holds_the_label(service: Operation[Any, Any, Any, Any]) -> None:
    asked = {"candidate_labels": LABELS, "hypothesis_template": "a {} b", "method": "entailment", "multi_label": True}
    found = {one["label"]: one["score"] for one in ask(service, inputs="k", parameters=asked)}
    for label in LABELS:
        (answer,) = service.predictor.predict([("k", f"a {label} b")])
        assert found[label] == pytest.approx(answer.probabilities[1], rel=1e-5)


def test_similarity_alone_asks_only_the_companion(service: Operation[Any, Any, Any, Any]) -> None:
    asked: list[int] = []
    service.predictor.observe = lambda prediction: asked.append(prediction.inputs)
    ask(service, inputs="k", parameters={"candidate_labels": LABELS, "method": "similarity"})
    assert sum(asked) == 0


def test_a_text_that_only_the_companion_cuts_is_told(service: Operation[Any, Any, Any, Any]) -> None:
    request = {"inputs": "ab " * 50, "parameters": {"candidate_labels": LABELS, "method": "similarity"}}
    assert service(service.request.model_validate(request)).truncated


def test_labels_are_embedded_once(service: Operation[Any, Any, Any, Any]) -> None:
    (embedder,) = service.others
    cached: list[tuple[int, int]] = []
    embedder.observe = lambda prediction: cached.append((prediction.inputs, prediction.cached))
    for text in ("k", "l"):
        ask(service, inputs=text, parameters={"candidate_labels": LABELS})
    assert cached == [(4, 0), (4, 3)]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        (None, "parameters"),
        ({}, "parameters.candidate_labels"),
        ({"candidate_labels": []}, "parameters.candidate_labels"),
        ({"candidate_labels": ["a", "a"]}, "parameters.candidate_labels"),
        ({"candidate_labels": ["a", " "]}, "parameters.candidate_labels.1"),
        ({"candidate_labels": [str(number) for number in range(500)]}, "parameters.candidate_labels"),
        ({"candidate_labels": "a, b"}, "parameters.candidate_labels"),
        ({"candidate_labels": ["a"], "hypothesis_template": "about"}, "parameters.hypothesis_template"),
        ({"candidate_labels": ["a"], "hypothesis_template": "{} or {}"}, "parameters.hypothesis_template"),
        ({"candidate_labels": ["a"], "hypothesis_template": "{}" + 1_000 * "a"}, "parameters.hypothesis_template"),
        ({"candidate_labels": ["a"], "threshold": 0.5}, "parameters.threshold"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(
    service: Operation[Any, Any, Any, Any], parameters: Any, field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(service, inputs="a", parameters=parameters)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


def test_too_many_pairs_are_refused_before_any_is_read(service: Operation[Any, Any, Any, Any]) -> None:
    labels = [f"a{number}" for number in range(100)]
    with pytest.raises(InputTooLargeError, match="inputs: 21 texts with 100 labels each; at most 2048 pairs are read"):
        ask(service, inputs=["a"] * 21, parameters={"candidate_labels": labels})


def test_no_text_is_refused(service: Operation[Any, Any, Any, Any]) -> None:
    with pytest.raises(InvalidInputError, match=r"inputs.*must not be empty"):
        ask(service, inputs=[], parameters={"candidate_labels": LABELS})


def test_an_empty_text_is_named(service: Operation[Any, Any, Any, Any]) -> None:
    with pytest.raises(InvalidInputError, match=r"inputs\.1: must not be empty"):
        ask(service, inputs=["a", ""], parameters={"candidate_labels": LABELS})
