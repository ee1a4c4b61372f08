"""ner: words to entities as Hugging Face's pipeline groups them, and the shapes of its answers."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from functions.ner.entities import Word, group_words, read_labels, read_words, to_entity
from functions.ner.service import open_service
from modelet.tasks.token_classification import Tagging
from tests.unit.services.conftest import Open, ask

TEXT = "Ada Lovelace 🚂 met Acme Corp in Paris"


def word(text: str, label: str, score: float = 0.5) -> Word:
    start = TEXT.index(text)
    return Word(start, start + len(text), label, score)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["B-PER", "I-PER", "O", "O"], [("PER", "Ada Lovelace"), ("O", "met Acme")]),
        (["B-PER", "B-PER", "O", "O"], [("PER", "Ada"), ("PER", "Lovelace"), ("O", "met Acme")]),
        (["I-PER", "I-ORG", "O", "I-PER"], [("PER", "Ada"), ("ORG", "Lovelace"), ("O", "met"), ("PER", "Acme")]),
    ],
)
def test_neighbours_of_one_group_are_one_entity(labels: list[str], expected: list[tuple[str, str]]) -> None:
    words = [word(text, label) for text, label in zip(["Ada", "Lovelace", "met", "Acme"], labels, strict=True)]
    found = [to_entity(TEXT, group) for group in group_words(words)]
    assert [(one.entity_group, one.word) for one in found] == expected


def test_an_entity_has_the_mean_score_and_code_points() -> None:
    found = to_entity(TEXT, [word("Acme", "B-ORG", 0.9), word("Corp", "I-ORG", 0.6)])
    assert found.model_dump(exclude_none=True) == {
        "entity_group": "ORG", "score": 0.75, "word": "Acme Corp", "start": 19, "end": 28
    }  # fmt: skip


def test_types_of_the_data_set_have_our_names_and_others_keep_theirs() -> None:
    labels = ["O", "B-creative-work", "I-corporation", "B-VESSEL"]
    assert read_labels(labels) == ["O", "B-WORK", "I-ORG", "B-VESSEL"]


def test_a_word_has_its_likeliest_label() -> None:
    tagging = Tagging(np.array([[0, 3], [4, 12]]), np.array([[0.1, 0.75], [0.625, 0.375]], np.float32), 4)
    assert read_words(tagging, ["O", "B-PER"]) == [Word(0, 3, "B-PER", 0.75), Word(4, 12, "O", 0.625)]


def test_a_text_gives_a_list_and_a_list_lists(open_tiny: Open) -> None:
    service = open_tiny(open_service, "token-classification")
    every = {"aggregation_strategy": "none", "ignore_labels": []}
    one = ask(service, inputs="ab cd", parameters=every)
    assert [(found["word"], found["start"], found["end"]) for found in one] == [("ab", 0, 2), ("cd", 3, 5)]
    assert {found["entity"] for found in one} <= {"O", "B-X", "I-X"}
    assert ask(service, inputs=["ab cd", "e"], parameters=every)[0] == one


def test_what_is_ignored_is_not_answered(open_tiny: Open) -> None:
    service = open_tiny(open_service, "token-classification", labels=["B-person", "B-group", "O"])
    words = ask(service, inputs="ab cd efg", parameters={"aggregation_strategy": "none", "ignore_labels": []})
    label = words[0]["entity"]
    rest = ask(service, inputs="ab cd efg", parameters={"aggregation_strategy": "none", "ignore_labels": [label]})
    assert rest == [one for one in words if one["entity"] != label]
    groups = ask(service, inputs="ab cd efg", parameters={"ignore_labels": ["PER", "GROUP", "O"]})
    assert groups == []


@pytest.mark.parametrize("parameters", [None, {}, {"stride": 16, "aggregation_strategy": None, "ignore_labels": None}])
def test_what_clients_send_is_accepted(open_tiny: Open, parameters: Any) -> None:
    service = open_tiny(open_service, "token-classification")
    assert ask(service, inputs="ab", parameters=parameters) == ask(service, inputs="ab")


@pytest.mark.parametrize("parameters", [{"threshold": 0.5}, {"aggregation_strategy": "best"}, {"stride": -1}])
def test_unknown_parameters_are_refused(open_tiny: Open, parameters: Any) -> None:
    service = open_tiny(open_service, "token-classification")
    with pytest.raises(ValidationError, match=f"parameters.{next(iter(parameters))}"):
        ask(service, inputs="ab", parameters=parameters)
