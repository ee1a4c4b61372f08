"""Labelled files: public sets are known by their bytes, others are read as training reads them."""

import json
from pathlib import Path

import pytest

from modelet.bundle import sha256_of
from workbench.evaluation.sets import labelled, pooled, report_sets
from workbench.packager.spec import PackagerError
from workbench.training.examples import Classified, Ranked
from workbench.training.spec import TrainingError
from workbench.training.splits import held_out

FUNCTIONS = Path(__file__).parents[3] / "functions"
TRAIN = """
[train]
epochs = 1
rank = 4
learning_rate = 1e-3
batch_size = 8
max_tokens = 32
held_out = 0.1
"""
ENTRY = """
[[train.data]]
file = "sst2_dev.tsv"
format = "sst2"
sha256 = "{sha256}"
licence = "none stated"
source = "written for the test"
use = "{use}"
"""


@pytest.fixture
def sst2(tmp_path: Path) -> Path:
    path = tmp_path / "renamed.tsv"
    path.write_text("label\tsentence\n" + "".join(f"{number % 2}\ttext {number}\n" for number in range(200)))
    return path


def function(folder: Path, *entries: str) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "model.toml").write_text(TRAIN + "".join(entries))
    return folder / "mine"


def test_a_public_set_is_known_whatever_its_name(tmp_path: Path, sst2: Path) -> None:
    entry = ENTRY.format(sha256=sha256_of(sst2), use="report")
    [found] = labelled(function(tmp_path, entry), sst2, None, None)
    assert (found.name, len(found.rows)) == ("sst2_dev.tsv", 200)
    assert found.rows[1] == Classified(("text 1",), "positive", group="text 1")


def test_only_what_is_reserved_of_it_is_reported_on(tmp_path: Path, sst2: Path) -> None:
    entry = ENTRY.format(sha256=sha256_of(sst2), use="evaluate") + "reserve = 0.2\nlimit = 20\n"
    [found] = labelled(function(tmp_path, entry), sst2, "sst2", None)
    assert len(found.rows) == 20
    assert all(held_out(row.texts[0], 0.2) for row in found.rows)


def test_what_is_trained_on_is_not_reported_on(tmp_path: Path, sst2: Path) -> None:
    assert report_sets(function(tmp_path, ENTRY.format(sha256=sha256_of(sst2), use="train"))) == []


def test_every_function_is_reported_on() -> None:
    for path in sorted(FUNCTIONS.glob("*/model.toml")):
        assert report_sets(path.parent), path


def test_rows_of_a_users_own(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "What a day.", "label": "positive"}\n')
    [found] = labelled(FUNCTIONS / "sentiment", rows, None, None)
    assert (found.rows, found.source) == ([Classified(("What a day.",), "positive")], None)
    rows.write_text('{"text": "What a day.", "label": ""}\n')
    with pytest.raises(TrainingError, match=r"rows\.jsonl, line 1: label"):
        labelled(FUNCTIONS / "sentiment", rows, None, None)


def test_what_judges_pairs_takes_texts_too(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    for columns in (("text",), ("premise", "hypothesis")):
        rows.write_text(json.dumps(dict.fromkeys(columns, "It rains.") | {"label": "weather"}) + "\n")
        [found] = labelled(FUNCTIONS / "zeroshot", rows, None, None)
        assert found.rows == [Classified(("It rains.",) * len(columns), "weather")]


def test_the_usual_format_of_a_function(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("a,b,1.0\nc,d,2.0\n")
    [found] = labelled(FUNCTIONS / "embed", tmp_path / "pairs.csv", None, "sts")
    assert [row.score for row in found.rows] == [1.0, 2.0]


def test_a_format_that_is_none(tmp_path: Path, sst2: Path) -> None:
    with pytest.raises(PackagerError, match="no format 'sst3'; there are banking77, clinc-names, clinc-test"):
        labelled(function(tmp_path), sst2, "sst3", None)


def test_a_file_without_rows(tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").write_text("label\tsentence\n")
    with pytest.raises(PackagerError, match=r"empty\.tsv has no rows"):
        labelled(function(tmp_path), tmp_path / "empty.tsv", "sst2", None)


def test_queries_are_asked_of_the_passages_of_all() -> None:
    rows = [Ranked(query, (passage,), frozenset({0})) for query, passage in [("q", "a"), ("r", "b"), ("s", "a")]]
    found = pooled(rows)
    assert {row.passages for row in found} == {("a", "b")}
    assert [set(row.relevant) for row in found] == [{0}, {1}, {0}]
