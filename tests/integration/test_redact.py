"""Redaction with the real bundle: what it finds, what it leaves alone, and where."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from functions.redact.masking import Masker
from functions.redact.schema import Parameters, RedactedSpan, Redaction, RedactRequest
from modelet.errors import InvalidInputError
from workbench.evaluation.redact import TypeScore, evaluate, evaluate_service

ROOT = Path(__file__).parents[2]
LABELLED = ROOT / "functions" / "redact" / "gate.json"
# The rules were chosen with the first in sight. The second was written afterwards and no rule is chosen on it.
CLEAN = {"clean_sentences.txt": 0, "clean_sentences_held_out.txt": 4}
MODES = ["mask", "label", "hash"]
LETTER = (
    "Dear Ms. Okafor,\nplease send the card 4111 1111 1111 1111 to 14 Mill Lane, Leeds LS1 4AB, "
    "or call +44 20 7946 0958.\n"
)


@pytest.fixture(scope="module")
def service() -> ModuleType:
    from functions.redact import service

    return service


def redactions(service: ModuleType, texts: Sequence[str], **parameters: object) -> list[Redaction]:
    request = RedactRequest(inputs=list(texts), parameters=Parameters.model_validate(parameters))
    answers: list[Redaction] = service.redactions(request).response.root
    return answers


def test_finds_what_is_labelled(service: ModuleType) -> None:
    def predict(texts: list[str]) -> list[list[RedactedSpan]]:
        return [answer.spans for answer in redactions(service, texts)]

    scores = [score for score in evaluate(predict, LABELLED) if score.labelled]
    assert len(scores) >= 9
    for score in scores:
        assert (score.recall or 0) >= 0.9, score
        assert (score.recall_any or 0) >= 0.95, score
        assert (score.precision or 0) >= 0.93, score


@pytest.mark.usefixtures("service")
def test_every_type_is_evaluated_as_users_get_it(tmp_path: Path) -> None:
    data = tmp_path / "labelled.json"
    labels = [("PERSON", 0, 12), ("GPE", 22, 29), ("AGE", 37, 39)]
    spans = [{"type": entity, "start": start, "end": end} for entity, start, end in labels]
    data.write_text(json.dumps([{"text": "Ada Lovelace lives in Chicago and is 36.", "spans": spans}]))
    assert evaluate_service(data) == [
        TypeScore("AGE", 1, 0.0, 0.0, 0.0, 0, None),
        TypeScore("LOCATION", 1, 1.0, 1.0, 1.0, 1, 1.0),
        TypeScore("PERSON", 1, 1.0, 1.0, 1.0, 1, 1.0),
    ]


def test_hash_without_a_key_is_refused_before_anything_is_predicted(
    service: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_masker", Masker())
    monkeypatch.setattr(service.predictor, "predict", lambda _: pytest.fail("predicted"))
    with pytest.raises(InvalidInputError, match="MODELET_HASH_KEY"):
        redactions(service, [LETTER], mode="hash")


@pytest.mark.parametrize(("name", "most"), CLEAN.items())
def test_leaves_clean_sentences_alone(service: ModuleType, name: str, most: int) -> None:
    sentences = (ROOT / "tests" / "data" / name).read_text(encoding="utf-8").splitlines()
    found = [span for answer in redactions(service, sentences) for span in answer.spans]
    assert len(sentences) == 200
    assert len(found) <= most


def test_answers_do_not_depend_on_neighbours(service: ModuleType) -> None:
    texts = [LETTER, "Ada Lovelace", "see example.org", LETTER * 3]
    alone = [redactions(service, [text])[0] for text in texts]
    assert redactions(service, texts[::-1])[::-1] == alone


def test_long_texts_are_read_to_the_end(service: ModuleType) -> None:
    [answer] = redactions(service, [LETTER * 40])
    found = [(LETTER * 40)[span.start : span.end] for span in answer.spans]
    assert found.count("Okafor") == found.count("4111 1111 1111 1111") == found.count("+44 20 7946 0958") == 40
    assert sum("Mill Lane" in value for value in found) == 40


@pytest.mark.parametrize("mode", MODES)
def test_text_outside_spans_is_unchanged(service: ModuleType, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(service, "_masker", Masker("a key of sixteen"))
    [answer] = redactions(service, [LETTER], mode=mode)
    rest, end = answer.text, 0
    for span in answer.spans:
        kept = LETTER[end : span.start]
        assert rest.startswith(kept)
        rest = rest[len(kept) :]
        rest = rest[span.end - span.start :] if mode == "mask" else rest[rest.index("]") + 1 :]
        end = span.end
    assert rest == LETTER[end:]
    assert "Okafor" not in answer.text
