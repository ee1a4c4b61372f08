"""What makes an address of a run of words that the model takes for parts of one."""

import re

import pytest

from functions.redact.addresses import is_address
from functions.redact.spans import Span


def address(text: str, *scores: float, mixed: bool = True) -> bool:
    """Whether the words of `text`, with these scores (the last one's goes on), make an address."""
    words = list(re.finditer(r"\w+", text))
    scores = (*scores, *scores[-1:] * (len(words) - len(scores)))
    parts = [Span(*word.span(), "STREET_ADDRESS", score, "model") for word, score in zip(words, scores, strict=True)]
    return is_address(text, parts, mixed)


@pytest.mark.parametrize(
    "text", ["Kungsgatan 44", "17 Kirkgate", "12-14 Elm", "Elm Street", "ARENDAL 4844", "Elm 12b", "Hauptstr. 12-14"]
)
def test_a_place_and_a_number_the_model_is_sure_of(text: str) -> None:
    assert address(text, 0.9)
    assert address(text.lower(), 0.9, mixed=False)


@pytest.mark.parametrize("text", ["14 Vega, 28028 Madrid", "Julia Street 12", "Mount Street", "12 Mount Everest"])
def test_a_street_may_be_called_like_a_thing(text: str) -> None:
    assert address(text, 0.9)


@pytest.mark.parametrize("text", ["Vienna 23", "Hall 3", "470 Lumen"])
def test_two_words_must_be_sure_ones(text: str) -> None:
    assert not address(text, 0.7, 0.96)
    assert address(text, 0.8, 0.96)


def test_three_words_need_one_sure_one() -> None:
    assert address("30 Hill Ln", 0.89, 0.36, 0.63)


@pytest.mark.parametrize(
    "text",
    [
        "Rxf7",
        "Be3 Ng4",
        "CIFAR-10",
        "X7K2-99QP",
        "EN 388",
        "DIN 18040",
        "293 Kelvin",
        "Route 66",
        "Stoke 2-1",
        "Nokia 3310",
        "Ada 95",
        "99942 Apophis",
        "Wells Fargo",
        "Everton 3\u20133",
        "Elm",
        "5432",
        "LS1 4AB",
        "Level 7",
        "Mount Everest",
        "Lake Victoria",
    ],
)
def test_other_things_with_numbers(text: str) -> None:
    assert not address(text, 0.99)
