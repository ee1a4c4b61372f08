"""The archive that takes code and bundle to executors."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from modelet.bundle import Bundle
from workbench.spark.archive import About, find_archive, read_archive
from workbench.spark.errors import SparkError
from workbench.spark.pack import write_archive


@pytest.fixture(autouse=True)
def _packaged(bundles: Path) -> None:
    """Archives are of this tree."""


def test_the_same_bytes_come_of_the_same_tree(tmp_path: Path) -> None:
    first, second = (write_archive("language", tmp_path / name) for name in "ab")
    assert first.sha256 == second.sha256
    assert first.path.name == second.path.name == f"modelet-language-{first.sha256[:12]}.zip"
    assert first.path.read_bytes() == second.path.read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == [first.path.name]


def test_what_ships_is_in_it_and_nothing_of_packaging(tmp_path: Path) -> None:
    with ZipFile(write_archive("zeroshot", tmp_path).path) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / "functions" / "zeroshot"
    assert Bundle.load(folder / "model")
    assert Bundle.load(folder / "companions" / "embed")
    assert {"modelet/batch/rows.py", "functions/__init__.py", "workbench/spark/executor.py"} <= names
    packaging = ("model.toml", "calibration.json", "adapter/", "requirements", "__pycache__", ".pyc")
    assert not [name for name in names for part in packaging if part in name]


def test_it_says_what_it_is_of(tmp_path: Path, bundles: Path) -> None:
    archive = write_archive("qa", tmp_path)
    assert read_archive(archive.path) == find_archive(archive.path) == archive
    assert (archive.about.function, archive.about.field) == ("qa", "inputs")
    assert archive.about.columns == ("question", "context")
    assert archive.about.digest == Bundle.load(bundles / "functions" / "qa" / "model").manifest.digest


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(SparkError, match=r"no\.zip is no archive of a function"):
        read_archive(tmp_path / "no.zip")
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(SparkError, match=r"other\.zip is no archive of a function"):
        read_archive(tmp_path / "other.zip")
    with pytest.raises(SparkError, match="no function 'poetry' with a model; there are embed, "):
        find_archive("poetry")


@pytest.mark.parametrize(
    ("columns", "read"),
    [
        (["id", "text", "stars"], ["text"]),
        (["text", "parameters"], ["text", "parameters"]),
        (["inputs", "text"], ["inputs"]),
    ],
)
def test_columns_of_a_request(columns: list[str], read: list[str]) -> None:
    assert About("sentiment", "", "", "inputs", ("text",)).read_of(columns) == read


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SparkError, match="no column 'context'; qa reads question and context"):
        About("qa", "", "", "inputs", ("question", "context")).read_of(["question", "text"])
