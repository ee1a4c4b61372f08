"""What repeats what is measured with, however it is written, and the files whose rows are trained on without it."""

from pathlib import Path
from typing import Any

import pytest

from modelet.bundle import sha256_of
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.training.data import declared_rows
from workbench.training.repeats import Repeats
from workbench.training.spec import TrainSpec

MEASURED = (
    "there 's no emotional pulse to solaris .",
    "a visually flashy but narratively opaque and emotionally vapid exercise .",
    "it 's slow .",
)
LABELLED = "".join(f"{index % 2}\tfilm number {index} has a plot of its own\n" for index in range(40))


@pytest.mark.parametrize(
    "text",
    [
        "There's no emotional pulse to Solaris. With an emotional sterility to match its setting, it bores.",
        "A visually flashy, but narratively opaque & emotionally vapid exercise",
        "narratively opaque and emotionally vapid",
        "It's slow!",
    ],
)
def test_a_text_that_has_another_or_a_part_of_it_repeats_it(text: str) -> None:
    assert Repeats(MEASURED)(text)


@pytest.mark.parametrize(
    "text", ["A pulse, an exercise, an emotion.", "no emotional depth to speak of", "It's slow, very slow."]
)
def test_a_text_of_other_words_repeats_nothing(text: str) -> None:
    assert not Repeats(MEASURED)(text)


def unused() -> Predictor[str, Embedding]:
    raise AssertionError


def test_rows_apart_are_never_held_out_and_repeat_nothing_that_is(tmp_path: Path) -> None:
    files = {
        "train.tsv": "label\tsentence\n" + LABELLED,
        "dev.tsv": f"label\tsentence\n0\t{MEASURED[0]}\n",
        "apart.tsv": f"label\tsentence\n0\t{MEASURED[0]}\n1\tsomething that nobody else has said\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    entry = {"format": "sst2", "licence": "own", "source": "here"}
    data: list[dict[str, Any]] = [{**entry, "file": name, "sha256": sha256_of(tmp_path / name)} for name in files]
    data[1]["use"], data[2]["apart"] = "report", True
    table = {"epochs": 1, "rank": 1, "learning_rate": 1e-3, "batch_size": 8, "max_tokens": 16, "held_out": 0.4}
    rows = declared_rows(TrainSpec.checked({**table, "data": data}, "model.toml"), tmp_path, unused)
    told = [row.texts[0] for row in rows.training]
    assert "something that nobody else has said" in told
    assert MEASURED[0] not in told
    assert [row.texts[0] for row in rows.reports["dev.tsv"]] == [MEASURED[0]]
    assert {record.file: record.rows for record in rows.data} == {"train.tsv": 40, "dev.tsv": 1, "apart.tsv": 1}
    assert len(list(rows.held_out)) == 16
