"""Bytecode of the target's version, or none."""

import marshal
import sys
from pathlib import Path
from types import CodeType

import pytest

from workbench.build.bytecode import Compiler, compile_all, find_compiler
from workbench.build.errors import BuildError
from workbench.build.target import PYTHON


def on_path(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH on which python3.13 is this shell script, and docker is not."""
    python = folder / f"python{PYTHON}"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize("script", ["exit 127", "echo 3.11.7", "echo"])
def test_a_python_that_does_not_work_or_is_another_is_not_taken(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(tmp_path, script, monkeypatch)
    assert find_compiler() is None


def test_one_that_says_its_version_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, f"echo {PYTHON}.7", monkeypatch)
    assert str(find_compiler()) == f"python{PYTHON} ({PYTHON}.7)"


def test_bytecode_is_never_compared_with_its_source_and_shows_where_lambda_unpacks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(tmp_path, f'exec {sys.executable} "$@"', monkeypatch)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("answer = 42\n")
    compile_all(tmp_path / "package", "/opt/python/package", Compiler(in_image=False))
    (compiled,) = (tmp_path / "package").rglob("*.pyc")
    content = compiled.read_bytes()
    assert int.from_bytes(content[4:8], "little") == 0b01  # PEP 552: by hash, unchecked
    code = marshal.loads(content[16:])
    assert isinstance(code, CodeType)
    assert code.co_filename == "/opt/python/package/module.py"


def test_a_module_that_is_not_python_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, f'exec {sys.executable} "$@"', monkeypatch)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("answer =\n")
    with pytest.raises(BuildError, match=r"module\.py"):
        compile_all(tmp_path / "package", "/opt/python", Compiler(in_image=False))
