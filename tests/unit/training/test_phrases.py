"""Phrases belong to the sentences they are from, so that both are held out or neither."""

from pathlib import Path

from workbench.training.formats import FORMATS
from workbench.training.phrases import whole_texts
from workbench.training.splits import key_of


def test_a_phrase_belongs_to_the_longest_text_that_has_its_words_in_a_row() -> None:
    texts = ["a film", "a fine film", "not a fine film at all", "a film at all", "fine fil", "fine"]
    assert whole_texts(texts) == {
        "a film": "a film at all",
        "a fine film": "not a fine film at all",
        "not a fine film at all": "not a fine film at all",
        "a film at all": "a film at all",
        "fine fil": "fine fil",
        "fine": "not a fine film at all",
    }


def test_of_texts_as_long_one_is_taken_whatever_their_order() -> None:
    texts = ["dull and long", "long and dull", "and"]
    assert whole_texts(texts)["and"] == whole_texts(reversed(texts))["and"] == "dull and long"


def test_empty_texts_belong_to_themselves() -> None:
    assert whole_texts(["", " ", "word"]) == {"": "", " ": " ", "word": "word"}


def test_phrases_of_sst2_are_held_out_with_their_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sst2.tsv"
    path.write_text("label\tsentence\n1\ta fine film \n1\tfine \n0\ta dull one \n", encoding="utf-8")
    assert [key_of(row) for row in FORMATS["sst2"](path)] == ["a fine film", "a fine film", "a dull one"]
