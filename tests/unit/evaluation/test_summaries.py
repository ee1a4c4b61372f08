"""Files of summaries, and ROUGE beside that of a text's first sentences."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.evaluation.summaries import Summarized, read_summaries
from workbench.evaluation.summarize import lead, rouge

TEXT = "Cats sleep. Dogs bark. Fish swim."


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def row(*summaries: str) -> Summarized:
    return Summarized.model_validate({"text": TEXT, "summary": list(summaries)})


@pytest.mark.parametrize(
    "published",
    [
        {"source": ["Cats sleep.", "Dogs bark.", "Fish swim."], "target": ["Animals."], "title": "On animals"},
        {"document": TEXT, "summary": "Animals.", "id": "1"},
        {"text": TEXT, "summary": ["Animals."]},
    ],
)
def test_files_are_read_as_published(tmp_path: Path, published: dict[str, Any]) -> None:
    assert read_summaries(written(tmp_path, published)) == [row("Animals.")]


def test_rows_without_a_text_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, {"document": "", "summary": "a"}, {"document": "b", "summary": "c"})
    assert [one.text for one in read_summaries(path)] == ["b"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": "a"}, "summary: Field required"),
        ({"text": 1, "summary": "a"}, "text: Input should be a valid string"),
        ({"text": "a", "summary": []}, "summary: List should have at least 1 item"),
        ("{", "Invalid JSON"),
    ],
)
def test_a_row_that_is_none_is_told(tmp_path: Path, wrong: Any, told: str) -> None:
    with pytest.raises(ValueError, match=rf"rows\.jsonl, line 2: {told}"):
        read_summaries(written(tmp_path, {"text": "a", "summary": "b"}, wrong))


def test_rouge_is_of_stems_and_of_the_summary_that_fits_best() -> None:
    assert rouge("The cat sleeps", row("unlike it", "cats sleeping")) == pytest.approx(80)  # 2 of 3 and of 2 words
    assert rouge("", row("cats")) == 0


@pytest.mark.parametrize(("count", "expected"), [(1, "Cats sleep."), (2, "Cats sleep. Dogs bark."), (9, TEXT)])
def test_lead_is_as_many_sentences_from_the_beginning(count: int, expected: str) -> None:
    assert lead(TEXT, count) == expected
