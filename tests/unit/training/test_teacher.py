"""A teacher out of an archive in parts: it learns, labels every row, and rows that nobody labelled teach, too."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from modelet.bundle import sha256_of
from tests.tiny import write_source
from workbench.packager.cache import cache_folder
from workbench.training.examples import UNLABELLED, Classified
from workbench.training.spec import TeacherSpec, TrainingError, TrainSpec

for needed in ("torch", "peft"):
    pytest.importorskip(needed, reason="needs the extra: pip install -e '.[train]'")

from workbench.training.learner import Task  # noqa: E402
from workbench.training.teacher import RowsToTeach, teach  # noqa: E402

TASK = Task("classification", ("no", "yes"), "mean-sequence", pair=False, max_tokens=24)
NAMES = {"weights": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json"}
LABELLED = [Classified((f"{'a' if number % 2 else 'b'} {number}",), ("no", "yes")[number % 2]) for number in range(64)]
UNKNOWN = [Classified((f"a a {number}",), UNLABELLED) for number in range(8)]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TeacherSpec:
    """Of a teacher whose archive lies in two halves."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source, archive = write_source(tmp_path / "source"), tmp_path / "teacher.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in NAMES.values():
            file.write(source / name, f"teacher/{name}")
    data = archive.read_bytes()
    halves = {"1": data[: len(data) // 2], "2": data[len(data) // 2 :]}
    for number, half in halves.items():
        (tmp_path / number).write_bytes(half)
    parts = [{"uri": f"file:{tmp_path}", "path": name, "sha256": sha256_of(tmp_path / name)} for name in halves]
    files = {role: {"path": f"teacher/{name}", "sha256": sha256_of(source / name)} for role, name in NAMES.items()}
    how = {"epochs": 8, "rank": 4, "learning_rate": 1e-2, "batch_size": 16, "temperature": 1.0, "weight": 0.5}
    told = {"name": "tiny", "licence": "CC0-1.0", "rows": 48, "source": {"parts": parts, "files": files}, **how}
    return TeacherSpec.model_validate(told)


def test_rows_carry_what_the_teacher_says_of_them(spec: TeacherSpec, tmp_path: Path) -> None:
    rows = RowsToTeach(LABELLED, UNKNOWN, LABELLED[:16])
    taught = teach(spec, TASK, rows, 0, tmp_path / "teacher")
    assert taught.record.rows == 48
    assert taught.record.metric > 0.9
    assert [row.texts for row in taught.rows] == [row.texts for row in (*LABELLED, *UNKNOWN)]
    for row in taught.rows:
        assert row.soft is not None
        assert sum(row.soft) == pytest.approx(1, abs=1e-5)
    known, unknown = taught.rows[: len(LABELLED)], taught.rows[len(LABELLED) :]
    # Half of what is learned is the true label, so that no teacher can turn it round.
    assert all(row.soft is not None and row.soft[TASK.labels.index(row.label)] >= 0.5 for row in known)
    assert all(row.soft is not None and row.label == TASK.labels[int(np.argmax(row.soft))] for row in unknown)
    assert teach(spec, TASK, rows, 0, tmp_path / "teacher").rows == taught.rows


def test_an_archive_that_holds_something_else_is_refused(spec: TeacherSpec, tmp_path: Path) -> None:
    weights = spec.source.files["weights"].model_copy(update={"sha256": "0" * 64})
    source = spec.source.model_copy(update={"files": {**spec.source.files, "weights": weights}})
    with pytest.raises(TrainingError, match=r"teacher/model\.safetensors has sha256 .* but 0{64} is pinned; refused"):
        teach(spec.model_copy(update={"source": source}), TASK, RowsToTeach(LABELLED, (), LABELLED), 0, tmp_path / "t")
    assert not (cache_folder() / ("0" * 64)).exists()


def test_nobody_is_imitated_without_a_teacher() -> None:
    entry = {"file": "texts.csv", "format": "subjqa-sentences", "sha256": "0" * 64, "licence": "own", "source": "own"}
    plan = {"epochs": 1, "rank": 4, "learning_rate": 1e-3, "batch_size": 8, "max_tokens": 24, "held_out": 0.1}
    with pytest.raises(TrainingError, match=r"texts\.csv: use = \"imitate\" needs \[train\.teacher\]"):
        TrainSpec.checked(plan | {"data": [{**entry, "use": "imitate"}]}, "model.toml")
