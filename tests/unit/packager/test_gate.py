"""The gate's lines, on bundles that take no time."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.bundle import Bundle
from modelet.manifest import TaskName
from modelet.predictor import Predictor
from tests.tiny import rewrite_manifest, write_bundle
from workbench.packager.gate import GROUP, _groups, gate_texts, run_gate
from workbench.packager.labelled import _ratio
from workbench.packager.package import open_bundle
from workbench.packager.similarity import spearman
from workbench.packager.spec import GateSpec, PackagerError

TEXTS = ["a bad cab", "deaf, dumb and glad", "feed a dead head", "cafe"]
PAIRS = "a bad cab,a bad cab,5\na bad cab,deaf and dumb,1\ncafe,cafes,3\n"
SPANS = [{"text": TEXTS[0], "spans": [{"start": 2, "end": 5}]}, {"text": TEXTS[1], "spans": []}]


def predictor(folder: Path, task: TaskName = "embedding") -> Predictor[Any, Any]:
    return open_bundle(write_bundle(folder / "tiny" / "model", task))


def checks(gate: GateSpec, candidate: Predictor[Any, Any], reference: Any, folder: Path) -> dict[str, Any]:
    return {check.name: check for check in run_gate(gate, candidate, reference, folder, TEXTS)}


@pytest.mark.parametrize("task", ["text-classification", "pair-classification", "question-answering"])
def test_every_family_is_equal_to_itself(tmp_path: Path, task: TaskName) -> None:
    tiny = predictor(tmp_path, task)
    found = checks(GateSpec(), tiny, tiny, tmp_path)
    assert len(found) > 1
    assert all(check.passed for check in found.values())


def test_questions_that_nobody_could_ask_are_left_out(tmp_path: Path) -> None:
    tiny = open_bundle(write_bundle(tmp_path / "tiny" / "model", "question-answering", max_tokens=8))
    with pytest.raises(PackagerError, match=r"limits\.max_tokens is too small for any of the texts"):
        checks(GateSpec(), tiny, None, tmp_path)


def test_pairs_of_sentences(tmp_path: Path) -> None:
    (tmp_path / "gate.csv").write_text(PAIRS)
    tiny = predictor(tmp_path)
    alone = checks(GateSpec(labelled="gate.csv", spearman=1.1), tiny, None, tmp_path)
    assert not alone["Spearman's correlation"].passed
    assert "Spearman's correlation, relative to fp32" not in alone
    beside = checks(GateSpec(labelled="gate.csv"), tiny, tiny, tmp_path)
    assert beside["Spearman's correlation"].value == alone["Spearman's correlation"].value
    relative = beside["Spearman's correlation, relative to fp32"]
    assert (relative.value, relative.limit, relative.passed) == (1.0, 0.995, True)


def test_labelled_spans(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text(json.dumps(SPANS))
    tiny = predictor(tmp_path, "token-classification")
    found = checks(GateSpec(labelled="gate.json", recall=1.1, relative=0.9), tiny, tiny, tmp_path)
    assert not found["labelled spans found"].passed
    assert 0 <= found["other words left alone"].value <= 1
    for metric in ("labelled spans found", "other words left alone"):
        assert (found[f"{metric}, relative to fp32"].value, found[f"{metric}, relative to fp32"].limit) == (1.0, 0.9)


@pytest.mark.parametrize(
    ("task", "content", "told"),
    [
        ("embedding", None, "No such file"),
        ("embedding", "a,b,5\na,b\n", "line 2: must be sentence,sentence,score"),
        ("embedding", "a,b,5\n", "at least two different scores"),
        ("token-classification", "{", "must be a list"),
        ("token-classification", '[{"text": "a"}]', "must be a list of .*KeyError"),
        ("token-classification", "[]", "has no text"),
        ("question-answering", "", "only embedding, .* have one, not question-answering"),
    ],
)
def test_a_malformed_labelled_file(tmp_path: Path, task: TaskName, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "labelled").write_text(content)
    with pytest.raises(PackagerError, match=rf"gate\.labelled: .*{told}"):
        checks(GateSpec(labelled="labelled"), predictor(tmp_path, task), None, tmp_path)


@pytest.mark.parametrize(("value", "reference", "ratio"), [(0.8, 0.8, 1), (0.4, 0.8, 0.5), (0, 0, 1), (-0.2, -0.1, 0)])
def test_share_of_the_reference(value: float, reference: float, ratio: float) -> None:
    assert _ratio(value, reference) == ratio


def test_ranks_share_ties() -> None:
    assert spearman(np.array([1.0, 2, 2, 9]), np.array([10.0, 20, 20, 30])) == pytest.approx(1)


@pytest.mark.parametrize("task", ["token-classification", "text-classification", "pair-classification"])
def test_as_many_labels_as_columns(tmp_path: Path, task: TaskName) -> None:
    folder = write_bundle(tmp_path / "tiny" / "model", task).folder
    rewrite_manifest(folder, labels=["O", "B-X"])
    with pytest.raises(PackagerError, match=r"model\.toml: labels has 2, but the model gives 3 columns"):
        checks(GateSpec(), open_bundle(Bundle.load(folder)), None, tmp_path)


def test_every_text_is_asked_among_others_on_two_threads(tmp_path: Path) -> None:
    texts = gate_texts()
    groups = _groups(texts)
    assert sorted(index for group in groups for index in group) == list(range(len(texts)))
    assert groups == _groups(texts)
    assert max(map(len, groups)) == GROUP
    assert predictor(tmp_path).settings.threads == 2
