"""Each way of measuring, through the services' own operations on tiny bundles: what a service answers scores all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.ner.service import open_service as open_ner
from functions.qa.service import open_service as open_qa
from functions.rerank.service import open_service as open_rerank
from functions.similarity.service import open_service as open_similarity
from functions.zeroshot.service import open_service as open_zeroshot
from modelet.manifest import TaskName
from modelet.services.classification import open_service as open_classification
from tests.tiny import rewrite_manifest, write_bundle
from workbench.evaluation import classification, ner, qa, rerank, similarity, zeroshot
from workbench.evaluation.metrics import Metric
from workbench.evaluation.services import AnyOperation, ask, ask_each
from workbench.packager.similarity import Pair
from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged

TEXTS = ["a bad cab", "deaf cafe", "faded", "bead", "a cage", "decade", "feed a bee", "dad had a bag"]
LABELS = ["contradiction", "entailment", "neutral"]

Open = Callable[[str], AnyOperation]


def service(folder: Path, task: TaskName, opener: Open, **bundle: Any) -> AnyOperation:
    write_bundle(folder / "model", task, **bundle)
    return opener(str(folder / "service.py"))


def values(metrics: list[Metric]) -> dict[str, float]:
    return {metric.name: metric.value for metric in metrics}


def test_classification(tmp_path: Path) -> None:
    operation = service(tmp_path, "text-classification", open_classification)
    best = [answer[0]["label"] for answer in ask_each(operation, TEXTS)]
    right = [Classified((text,), label) for text, label in zip(TEXTS, best, strict=True)]
    found = values(classification.measure(operation, right))
    assert found["accuracy"] == found["macro F1"] == 1.0
    worst = [answer[-1]["label"] for answer in ask_each(operation, TEXTS)]
    wrong = [Classified((text,), label) for text, label in zip(TEXTS, worst, strict=True)]
    assert values(classification.measure(operation, [*right, *wrong]))["accuracy"] == 0.5


def test_a_label_that_the_model_does_not_have(tmp_path: Path) -> None:
    operation = service(tmp_path, "text-classification", open_classification)
    with pytest.raises(ValueError, match="'joy' is none of the model's labels: O, B-X, I-X"):
        classification.measure(operation, [Classified(("a bad cab",), "joy")])


def test_flags_are_judged_label_by_label(tmp_path: Path) -> None:
    operation = service(tmp_path, "text-classification", open_classification, activation="sigmoid")
    answers = [{one["label"]: one["score"] for one in answer} for answer in ask_each(operation, TEXTS)]
    middle = sorted(answer["O"] for answer in answers)[len(TEXTS) // 2]
    rows = [Flagged(text, {"O": float(answer["O"] >= middle)}) for text, answer in zip(TEXTS, answers, strict=True)]
    found = values(classification.measure(operation, rows))
    assert list(found) == ["O: AUROC", "O: macro F1 of flagged", "expected calibration error"]
    assert found["O: AUROC"] == 1.0


def test_intents_have_an_outside() -> None:
    labels = ("greet", "out_of_scope", "pay")
    scores = np.array([[0.9, 0.0, 0.1], [0.1, 0.1, 0.8], [0.2, 0.5, 0.3], [0.6, 0.4, 0.0]])
    found = values(classification.classified(labels, scores, np.array([0, 2, 1, 1])))
    assert found["in-scope accuracy"] == 1.0
    assert found["out-of-scope recall where 95 % of the accepted are right"] == 1.0
    only_inside = values(classification.classified(labels, scores[:2], np.array([0, 2])))
    assert list(only_inside) == ["in-scope accuracy", "expected calibration error"]


def test_named_entities(tmp_path: Path) -> None:
    operation = service(tmp_path, "token-classification", open_ner)
    answers = ask_each(operation, TEXTS)
    rows = [
        Tagged(text, tuple(Span(one["start"], one["end"], one["entity_group"]) for one in answer))
        for text, answer in zip(TEXTS, answers, strict=True)
    ]
    assert sum(len(row.spans) for row in rows) > 3
    assert set(values(ner.measure(operation, rows)).values()) == {1.0}


def test_spans_must_be_exact_and_of_their_type() -> None:
    truth: list[ner.Entities] = [{(0, 3, "PER"), (8, 12, "LOC")}, {(0, 5, "PER")}]
    found: list[ner.Entities] = [{(0, 3, "PER"), (8, 12, "PER")}, {(0, 4, "PER")}]
    assert values(ner.score(found, truth)) == {
        "span F1": pytest.approx(1 / 3),
        "precision": pytest.approx(1 / 3),
        "recall": pytest.approx(1 / 3),
        "span F1, LOC": 0.0,
        "span F1, PER": pytest.approx(2 / 5),
    }


def test_question_answering(tmp_path: Path) -> None:
    operation = service(tmp_path, "question-answering", open_qa)
    inputs = [{"question": "a bee", "context": text} for text in TEXTS]
    rows = [
        Question(one["question"], one["context"], (Span(answer["start"], answer["end"]),))
        for one, answer in zip(inputs, ask_each(operation, inputs), strict=True)
    ]
    found = values(qa.measure(operation, rows))
    assert found["F1"] == found["exact match"] == 1.0
    assert found["answered, where the passage answers"] < 1.0


@pytest.mark.parametrize(
    ("answer", "right", "f1", "same"),
    [
        ("The Broncos!", "broncos", 1.0, True),
        ("Denver Broncos won", "the Denver Broncos", 0.8, False),
        ("", "Denver", 0.0, False),
        ("a", "the", 1.0, True),
        ("to to be", "to be", 0.8, False),
    ],
)
def test_answers_are_compared_as_squad_compares_them(answer: str, right: str, f1: float, same: bool) -> None:
    assert qa.overlap(answer, right) == pytest.approx(f1)
    assert qa.exact(answer, right) == same


def test_reranking_beside_the_order_of_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embed = service(tmp_path / "embed", "embedding", open_similarity)
    monkeypatch.setattr(rerank, "open_operation", lambda _: embed)
    operation = service(tmp_path / "rerank", "pair-classification", open_rerank, activation="sigmoid")
    [answer] = ask(operation, [{"query": "a bee", "documents": TEXTS}])
    ranks = [result["index"] for result in answer["results"]]
    best, second = (Ranked("a bee", tuple(TEXTS), frozenset({index})) for index in ranks[:2])
    found = values(rerank.measure(operation, [best, second]))
    assert found["MRR@10"] == found["MAP"] == 0.75
    assert found["MRR@10 above embed's"] == pytest.approx(0.75 - found["MRR@10 of embed's order"])


def test_ranks_beyond_the_cut_count_nothing() -> None:
    tenth, eleventh = np.arange(20) == 9, np.arange(20) == 10
    assert rerank.reciprocal_rank(tenth) == 0.1
    assert rerank.reciprocal_rank(eleventh) == 0.0
    assert rerank.average_precision(np.array([True, False, True])) == pytest.approx((1 + 2 / 3) / 2)


def test_similarity(tmp_path: Path) -> None:
    operation = service(tmp_path, "embedding", open_similarity)
    [cosines] = ask_each(operation, [{"source_sentence": TEXTS[0], "sentences": TEXTS[1:]}])
    rows = [Pair(TEXTS[0], text, cosine) for text, cosine in zip(TEXTS[1:], cosines, strict=True)]
    assert values(similarity.measure(operation, rows)) == {"Spearman's correlation": pytest.approx(1.0)}


class TestZeroshot:
    @pytest.fixture
    def operation(self, tmp_path: Path) -> AnyOperation:
        write_bundle(tmp_path / "model", "pair-classification")
        rewrite_manifest(tmp_path / "model", labels=LABELS)
        write_bundle(tmp_path / "companions" / "embed")
        return open_zeroshot(str(tmp_path / "service.py"))

    def test_labels_by_each_method(self, operation: AnyOperation) -> None:
        candidates = ["a bad cab", "fed"]
        answers = ask_each(operation, TEXTS, candidate_labels=candidates, method="similarity")
        rows = [Classified((text,), answer[0]["label"]) for text, answer in zip(TEXTS, answers, strict=True)]
        assert {row.label for row in rows} == set(candidates)
        found = values(zeroshot.measure(operation, rows))
        assert found["accuracy by similarity alone"] == 1.0
        assert found["accuracy above similarity alone"] == found["accuracy"] - 1.0

    def test_pairs(self, operation: AnyOperation) -> None:
        pairs = [(TEXTS[0], text) for text in TEXTS]
        best = [LABELS[int(answer.probabilities.argmax())] for answer in operation.predictor.predict(pairs)]
        rows = [Classified(pair, label) for pair, label in zip(pairs, best, strict=True)]
        assert values(zeroshot.measure(operation, rows))["accuracy"] == 1.0

    def test_more_labels_than_it_takes(self, operation: AnyOperation) -> None:
        rows = [Classified(("a",), f"label {number}") for number in range(101)]
        with pytest.raises(ValueError, match="101 labels; zeroshot takes at most 100"):
            zeroshot.measure(operation, rows)
