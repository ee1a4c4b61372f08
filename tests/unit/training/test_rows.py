"""Rows that users bring: every task's columns in every format, and errors that name line and field."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from workbench.training.data import FEWEST, find, own_rows, survey
from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged
from workbench.training.rows import kind_of, read_examples
from workbench.training.spec import DataSpec, TrainingError

Rows = Sequence[Mapping[str, Any]]
LABELS = ("rude", "cruel")
ROWS: dict[str, tuple[dict[str, Any], Any]] = {
    "classification": ({"text": "ab", "label": "yes", "id": 7}, Classified(("ab",), "yes")),
    "pairs": ({"premise": "ab", "hypothesis": "c", "label": "no"}, Classified(("ab", "c"), "no")),
    "flagging": ({"text": "ab", "labels": ["cruel"]}, Flagged("ab", {"rude": 0.0, "cruel": 1.0})),
    "tagging": ({"text": "ab cd", "spans": [{"start": 3, "end": 5, "type": "X"}]}, Tagged("ab cd", (Span(3, 5, "X"),))),
    "answering": (
        {"question": "ab?", "context": "c de", "answers": {"text": ["de"], "answer_start": [2]}},
        Question("ab?", "c de", (Span(2, 4),)),
    ),
    "ranking": ({"query": "q", "passages": ["a", "b"], "relevant": [1]}, Ranked("q", ("a", "b"), frozenset({1}))),
}


def write_lines(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # as spreadsheets save it
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows([one if isinstance(one, str) else json.dumps(one) for one in row.values()] for row in rows)
    return path


def write_parquet(path: Path, rows: Rows) -> Path:
    extra = "needs the extra: pip install -e '.[train]'"
    table: Any = pytest.importorskip("pyarrow", reason=extra).Table.from_pylist(list(rows))
    pytest.importorskip("pyarrow.parquet", reason=extra).write_table(table, path)
    return path


@pytest.mark.parametrize("task", ROWS)
@pytest.mark.parametrize(
    ("suffix", "write"), [("jsonl", write_lines), ("csv", write_csv), ("parquet", write_parquet)], ids=lambda one: one
)
def test_a_row_becomes_an_example(task: str, suffix: str, write: Any, tmp_path: Path) -> None:
    row, example = ROWS[task]
    path = write(tmp_path / f"mine.{suffix}", [row])
    kind = kind_of(path, "classification" if task == "pairs" else task, pair=task == "pairs")
    assert list(read_examples(path, kind, LABELS)) == [example]


def test_passages_of_a_query_may_stand_in_rows_of_their_own(tmp_path: Path) -> None:
    judged = [("q", "a", 0), ("q", "b", 1), ("unanswered", "c", "False"), ("r", "d", "True")]
    rows = [{"query": query, "passage": passage, "relevant": relevant} for query, passage, relevant in judged]
    path = write_csv(tmp_path / "mine.csv", rows)
    found = list(read_examples(path, kind_of(path, "ranking", pair=True), ()))
    assert found == [Ranked("q", ("a", "b"), frozenset({1})), Ranked("r", ("d",), frozenset({0}))]


@pytest.mark.parametrize(
    ("objective", "row", "said"),
    [
        ("classification", {"text": "ab", "label": " "}, "label: must not be empty"),
        ("classification", {"text": None, "label": "a"}, "text: Input should be a valid string"),
        ("flagging", {"text": "ab", "labels": "rude"}, "labels: lists are written as JSON"),
        (
            "flagging",
            {"text": "ab", "labels": "[" * 100_000},
            "labels: lists are written as JSON here: maximum",
        ),
        ("classification", {"text": "\ud800b", "label": "a"}, "text: has half of a surrogate pair"),
        ("tagging", {"text": "ab", "spans": [{"start": 1, "end": 3, "type": "X"}]}, "spans: 1 to 3 is empty, overlaps"),
        ("tagging", {"text": "ab", "spans": [{"start": 1, "end": 2}]}, r"spans\.0\.type: Field required"),
        (
            "answering",
            {"question": "q", "context": "c de", "answers": {"text": ["de"], "answer_start": [1]}},
            "answers: 'de' is not at character 1 of context",
        ),
        ("ranking", {"query": "q", "passages": ["a"], "relevant": [1]}, "relevant: 1 is no index of 1 passages"),
    ],
)
def test_an_error_names_file_line_and_field(objective: str, row: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "mine.jsonl", [ROWS[objective][0], row])
    with pytest.raises(TrainingError, match=rf"mine\.jsonl, line 2: {said}"):
        list(read_examples(path, kind_of(path, objective, pair=False), LABELS))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", r"ends in \.jsonl, \.csv, \.parquet"),
        ("a.jsonl", b"", "has no rows"),
        ("a.csv", b"text,label\n", "has no rows"),
        ("a.csv", b"text,label,text\na,b,c\n", "line 1: columns are there twice: text"),
        ("a.csv", b"text,label\na,b\nc\n", "line 3: 1 cells, but 2 columns"),
        ("a.csv", b"body,label\na,b\n", "has the columns body, label, but needs label, text"),
        ("a.csv", "text,label\na,b\né,c\n".encode("latin-1"), "line 3: not UTF-8"),
        ("a.jsonl", b'{"text": "a", "label": "b"}\n{"text"\n', "line 2: not JSON"),
        ("a.jsonl", b'{"text": "a", "label": "b"}\n[]\n', "line 2: not an object"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_line(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=said):
        survey(path, "classification", pair=False)


@pytest.mark.parametrize(
    ("objective", "row", "said"),
    [
        ("classification", {"text": "ab", "label": "a"}, "every row has the label 'a'"),
        ("flagging", {"text": "ab", "labels": ["a"]}, "every row has the label 'a'"),
        ("flagging", {"text": "ab", "labels": []}, "no row has a label"),
        ("tagging", {"text": "ab", "spans": []}, "no row has a span"),
        ("ranking", {"query": "q", "passage": "a", "relevant": 0}, "no row has a relevant passage"),
        (
            "answering",
            {"question": "q", "context": "c", "answers": {"text": [], "answer_start": []}},
            "no row has an answer",
        ),
    ],
)
def test_rows_that_teach_nothing_are_refused(objective: str, row: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "mine.jsonl", [row] * FEWEST)
    with pytest.raises(TrainingError, match=said):
        survey(path, objective, pair=False)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "mine.jsonl", [{"text": "ab", "label": "a"}] * (FEWEST - 1))
    with pytest.raises(TrainingError, match="has 19 rows; give at least 20"):
        survey(path, "classification", pair=False)


def test_rows_of_one_text_are_held_out_together(tmp_path: Path) -> None:
    rows = [{"text": f"text {number % 100}", "label": str(number % 2)} for number in range(400)]
    found = survey(write_lines(tmp_path / "mine.jsonl", rows), "classification", pair=False)
    assert (found.rows, found.labels) == (400, ("0", "1"))
    split = own_rows(found, found.labels, embedder=lambda: pytest.fail("nothing is to be embedded"), seed=0)
    training, held_out = ([one.texts[0] for one in part] for part in (split.training, split.held_out))
    assert len(training) + len(held_out) == 400
    assert 0 < len(set(held_out)) < 30
    assert not set(training) & set(held_out)


def test_files_are_found_by_name_and_checked(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.tsv").write_text("a")
    sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    entry = DataSpec(file="a.tsv", format="sst2", sha256=sha256, licence="CC0-1.0", source="somewhere")
    assert find([entry], tmp_path) == [tmp_path / "below" / "a.tsv"]
    with pytest.raises(TrainingError, match=r"has no b\.tsv; it is from somewhere"):
        find([entry.model_copy(update={"file": "b.tsv"})], tmp_path)
    with pytest.raises(TrainingError, match=r"a\.tsv has sha256 ca978112ca1b.*, but 0{64} is pinned"):
        find([entry.model_copy(update={"sha256": "0" * 64})], tmp_path)


class Alike:
    """An embedder to whom all texts are alike."""

    def predict(self, texts: Sequence[str]) -> list[Any]:
        return [SimpleNamespace(vector=np.array([1.0, 0.0], np.float32)) for _ in texts]


def test_queries_without_wrong_passages_get_some(tmp_path: Path) -> None:
    rows = [{"query": f"q{number}", "passages": [f"p{number}"], "relevant": [0]} for number in range(40)]
    found = survey(write_lines(tmp_path / "mine.jsonl", rows), "ranking", pair=True)
    embedder: Any = Alike
    training = list(own_rows(found, (), embedder, seed=0).training)
    assert {len(row.passages) for row in training} == {6}
    assert all(row.relevant == {0} and row.passages[0] == row.query.replace("q", "p") for row in training)
