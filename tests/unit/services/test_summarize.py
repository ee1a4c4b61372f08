"""summarize: sentences where they stand, which of them are chosen, and the shapes of its answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.summarize.choice import choose, salience
from functions.summarize.reading import Reading, ReadingTask
from functions.summarize.schema import SummarizeParameters
from functions.summarize.sentences import Sentence, split
from functions.summarize.service import open_service
from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.predictor import Predictor
from modelet.settings import Settings
from tests.tiny import write_bundle
from tests.unit.services.conftest import Open, ask

TEXT = " Dr. Lee met Abe.\n\nHe said: “🚂 Go!” Did he?  A cab came. "


def reading(vectors: list[list[float]], lengths: list[int] | None = None) -> Reading:
    """Sentences with these vectors, as long as each other, in a text whose own is the first axis."""
    rows = np.array(vectors, np.float32)
    sentences = [Sentence("", 0, 0)] * len(rows)
    whole = np.eye(rows.shape[1], dtype=np.float32)[0]
    return Reading(sentences, rows, whole, np.array(lengths or [9] * len(rows)), truncated=False)


def chosen(read: Reading, count: int) -> list[int]:
    return choose(read, salience(read), count)


def test_sentences_stand_where_they_say() -> None:
    sentences = split(TEXT)
    assert [one.text for one in sentences] == ["Dr. Lee met Abe.", "He said: “🚂 Go!”", "Did he?", "A cab came."]
    assert all(TEXT[one.start : one.end] == one.text for one in sentences)


@settings(deadline=None)
@example("C\u2008.")
@given(st.text(st.sampled_from("aC.?! \n\r\u00a0\u2008\u3000。🚂\0"), max_size=60))
def test_sentences_leave_nothing_but_white_space(text: str) -> None:
    sentences = split(text)
    assert all(text[one.start : one.end] == one.text == one.text.strip() for one in sentences)
    assert "".join("".join(one.text for one in sentences).split()) == "".join(text.split())


def test_what_is_near_the_text_is_chosen_and_its_echo_is_not() -> None:
    near, echo, far = [0.8, 0.6, 0], [0.8, 0.6, 0], [0.6, 0, 0.8]
    assert chosen(reading([far, near, echo]), 1) == [1]
    assert chosen(reading([far, near, echo]), 2) == [0, 1]


def test_of_equals_the_shorter_and_the_earlier_is_chosen() -> None:
    same = [[1.0, 0], [1.0, 0], [1.0, 0]]
    assert chosen(reading(same, [29, 5, 9]), 1) == [1]
    assert chosen(reading(same), 1) == [0]


@pytest.mark.parametrize("count", [3, 4])
def test_all_sentences_are_chosen_where_there_are_no_more(count: int) -> None:
    assert chosen(reading([[1, 0], [0, 1], [1, 0]]), count) == [0, 1, 2]


@pytest.mark.parametrize(
    ("parameters", "of", "count"),
    [({}, 9, 3), ({"sentences": 5}, 9, 5), ({"ratio": 0.5}, 9, 4), ({"ratio": 0.01}, 9, 1), ({"ratio": 1}, 9, 9)],
)
def test_how_many(parameters: dict[str, Any], of: int, count: int) -> None:
    assert SummarizeParameters(**parameters).count(of) == count


def test_a_summary_is_sentences_in_order(open_tiny: Open) -> None:
    service = open_tiny(open_service, "embedding")
    [summary] = ask(service, inputs=TEXT, parameters={"sentences": 2})
    assert len(summary["sentences"]) == 2
    assert summary["summary_text"] == " ".join(one["text"] for one in summary["sentences"])
    assert [one["start"] for one in summary["sentences"]] == sorted(one["start"] for one in summary["sentences"])
    assert all(TEXT[one["start"] : one["end"]] == one["text"] for one in summary["sentences"])


def test_a_list_gives_a_summary_for_each(open_tiny: Open) -> None:
    service = open_tiny(open_service, "embedding")
    assert ask(service, inputs=[TEXT, "A cab."]) == ask(service, inputs=TEXT) + ask(service, inputs="A cab.")


def test_one_sentence_is_its_own_summary(open_tiny: Open) -> None:
    [summary] = ask(open_tiny(open_service, "embedding"), inputs=" no full stop here ")
    assert summary["summary_text"] == "no full stop here"


@pytest.mark.parametrize(
    "parameters",
    [None, {}, {"clean_up_tokenization_spaces": True, "generate_parameters": {"a": 1}, "truncation": "only_first"}],
)
def test_what_clients_send_is_accepted(open_tiny: Open, parameters: Any) -> None:
    service = open_tiny(open_service, "embedding")
    assert ask(service, inputs=TEXT, parameters=parameters) == ask(service, inputs=TEXT)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"max_length": 9}, "parameters.max_length"),
        ({"sentences": 0}, "parameters.sentences"),
        ({"ratio": 1.5}, "parameters.ratio"),
        ({"sentences": 1, "ratio": 0.5}, "give sentences or ratio, not both"),
    ],
)
def test_other_parameters_are_refused(open_tiny: Open, parameters: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ask(open_tiny(open_service, "embedding"), inputs=TEXT, parameters=parameters)


@pytest.mark.parametrize(
    ("inputs", "error", "told"),
    [
        (" \n ", InvalidInputError, "inputs: has no sentence"),
        (["A cab.", "\u3000"], InvalidInputError, "inputs.1: has no sentence"),
        ("", InvalidInputError, "inputs: must not be empty"),
        ([], InvalidInputError, "inputs: must not be empty"),
        ("A cab came. " * 90_000, InputTooLargeError, "inputs: 1080000 characters; at most 100000 are taken"),
        ("Go! " * 2049, InputTooLargeError, "inputs: 2049 sentences; at most 2048 are read"),
    ],
)
def test_what_cannot_be_summarized_is_told(
    open_tiny: Open, inputs: Any, error: type[InvalidInputError], told: str
) -> None:
    with pytest.raises(error, match=told):
        ask(open_tiny(open_service, "embedding"), inputs=inputs)


def test_a_text_is_read_to_its_end_and_a_long_sentence_is_cut(tmp_path: Path) -> None:
    predictor = Predictor(write_bundle(tmp_path / "model", max_tokens=10), ReadingTask, Settings())
    [short, long] = predictor.predict(["ab cd. ef gh.", "ab cd ef gh ij. k."])
    assert (short.truncated, long.truncated) == (False, True)
    assert long.lengths.tolist() == [11, 2]
    assert np.linalg.norm(long.whole) == pytest.approx(1, abs=1e-6)
    [changed] = predictor.predict(["ab cd ef gh ij. l."])
    assert abs(changed.whole - long.whole).max() > 1e-3
