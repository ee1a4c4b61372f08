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


@pytest.mark.parametrize("script", ["exit 127", "echo 3.11.7", "echo", "exec /bin/sleep 60"])
def test_a_python_that_does_not_work_or_is_another_is_not_taken(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(tmp_path, script, monkeypatch)
    monkeypatch.setattr("workbench.build.bytecode._PATIENCE_S", 0.5)
    assert find_compiler() is None


def test_one_that_cannot_be_started_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, "", monkeypatch)
    (tmp_path / f"python{PYTHON}").write_text("neither a script nor a program")
    assert find_compiler() is None


def test_one_that_says_its_version_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, f"echo {PYTHON}.7", monkeypatch)
    assert str(find_compiler()) == f"python{PYTHON} ({PYTHON}.7)"


def package(folder: Path, content: str) -> Path:
    """A package of one module."""
    (folder / "package").mkdir()
    (folder / "package" / "module.py").write_text(content)
    return folder / "package"


def test_bytecode_is_never_compared_with_its_source_and_shows_where_lambda_unpacks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(tmp_path, f'exec {sys.executable} "$@"', monkeypatch)
    folder = package(tmp_path, "answer = 42\n")
    compile_all(folder, "/opt/python/package", Compiler(in_image=False))
    (compiled,) = folder.rglob("*.pyc")
    content = compiled.read_bytes()
    assert int.from_bytes(content[4:8], "little") == 0b01  # PEP 552: by hash, unchecked
    code = marshal.loads(content[16:])
    assert isinstance(code, CodeType)
    assert code.co_filename == "/opt/python/package/module.py"


def test_a_module_that_is_not_python_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, f'exec {sys.executable} "$@"', monkeypatch)
    with pytest.raises(BuildError, match=r"module\.py"):
        compile_all(package(tmp_path, "answer =\n"), "/opt/python", Compiler(in_image=False))


def test_a_compiler_that_fails_is_told_and_leaves_no_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_path(tmp_path, "echo no engine answers >&2; exit 125", monkeypatch)
    folder = package(tmp_path, "answer = 42\n")
    compile_all(folder, "/opt/python", Compiler(in_image=False))
    assert "failed: no engine answers" in capsys.readouterr().err
    assert not list(folder.rglob("*.pyc"))
