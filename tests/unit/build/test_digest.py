"""A digest is of names and contents, and of nothing else."""

import os
from pathlib import Path

from workbench.build.digest import digest, files_below


def folder(path: Path, **contents: str) -> Path:
    path.mkdir()
    for name, text in contents.items():
        (path / name).write_text(text)
    return path


def digest_of(path: Path) -> str:
    return digest(files_below(path))


def test_names_and_contents_count_but_not_times_or_the_order_of_writing(tmp_path: Path) -> None:
    first = folder(tmp_path / "first", a="1", b="2")
    second = folder(tmp_path / "second", b="2", a="1")
    os.utime(second / "a", (0, 0))
    assert digest_of(first) == digest_of(second)
    assert digest_of(first) != digest_of(folder(tmp_path / "swapped", a="2", b="1"))
    assert digest_of(first) != digest_of(folder(tmp_path / "named", a="1", c="2"))


def test_what_else_is_said_counts(tmp_path: Path) -> None:
    files = files_below(folder(tmp_path / "one", a="1"))
    assert len({digest(files), digest(files, ["arm64"]), digest(files, ["x86_64"])}) == 3
