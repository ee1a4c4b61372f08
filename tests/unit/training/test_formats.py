"""Files of public sets, a few rows each as they are written there."""

import json
from pathlib import Path

import pytest

from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged
from workbench.training.formats import FORMATS

SNLI = "a dog runs\tan animal moves\t0\na dog runs\ta cat sleeps\t2\na dog runs\tno one agreed\t-\n"
CLINC = {"val": [["hello there", "greeting"]], "oos_val": [["why is the sky blue", "oos"]], "test": [], "oos_test": []}
WNUT = "Empire\tB-location\nState\tI-location\n=\tO\n\nhi\tO\n"

FILES = {
    "sst2": ("label\tsentence\n1\ta good film \n", [Classified(("a good film",), "positive", group="a good film")]),
    "emotion": ('{"text": "i feel fine", "label": "joy"}\n', [Classified(("i feel fine",), "joy")]),
    "clinc-val": (
        json.dumps(CLINC),
        [Classified(("hello there",), "greeting"), Classified(("why is the sky blue",), "out_of_scope")],
    ),
    "jigsaw": ('"Hello, ""friend""  ",0\n', [Flagged('Hello, "friend"', {"toxic": 0.0})]),
    "davidson": (
        ",count,hate_speech,offensive_language,neither,class,tweet\n0,4,1,3,0,1,@bob &amp; co http://x.y/z\n",
        [Flagged("@user & co http", {"hateful": 0.25})],
    ),
    "wnut17": (WNUT, [Tagged("Empire State =", (Span(0, 12, "location"),)), Tagged("hi", ())]),
    "snli": (
        SNLI,
        [
            Classified(("a dog runs", "an animal moves"), "entailment"),
            Classified(("a dog runs", "a cat sleeps"), "contradiction"),
        ],
    ),
    "wikiqa": ("q ?\tyes .\t1\nq ?\tno .\t0\nr ?\tno .\t0\n", [Ranked("q ?", ("yes .", "no ."), frozenset({0}))]),
    "squad-regions": (
        json.dumps({"questions": ["who?"], "answers": ["It was Ada."]}),
        [Question("who?", "It was Ada.", region=Span(0, 11))],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_rows_are_read_as_their_set_writes_them(name: str, tmp_path: Path) -> None:
    content, expected = FILES[name]
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    assert list(FORMATS[name](path)) == expected


def test_offsets_of_a_sentence_of_tokens_are_those_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "qamr_wiki_sentences.tsv").write_text("s:1\tLiam -LRB- a tutor -RRB- died , they said .\n")
    rows = tmp_path / "qamr.tsv"
    rows.write_text(
        "s:1\t0\t0\t0\t0\tWho died?\t0 1 2 3 4\tx\ns:1\t0\t0\t0\t0\tWho else?\t0 3\tx\nother\t\t\t\t\tq\t0\tx\n"
    )
    [question] = FORMATS["qamr"](rows)
    assert question.passage == "Liam (a tutor) died, they said."
    [answer] = question.answers
    assert question.passage[answer.start : answer.end] == "Liam (a tutor)"


def test_answers_that_are_not_where_they_say_are_left_out(tmp_path: Path) -> None:
    answers = [{"text": "Ada", "answer_start": 0}, {"text": "Ada", "answer_start": 1}]
    paragraph = {"context": "Ada wrote.", "qas": [{"question": "who?", "answers": answers}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    assert list(FORMATS["squad"](path)) == [Question("who?", "Ada wrote.", (Span(0, 3),))]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_of_another_format_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.with_name("qamr_wiki_sentences.tsv").touch()  # the sentences that qamr's questions are on
    path.write_text('{"a": "b"}\n"c"\n')
    with pytest.raises(ValueError, match=rf"other\.txt is not in the format {name}: "):
        list(FORMATS[name](path))
