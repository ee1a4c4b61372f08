"""Locks resolved, wheels unpacked, parts made: of a tiny project, and of this one for both architectures."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modelet.bundle import Bundle
from tests.conftest import unavailable
from workbench.build import lock
from workbench.build.bytecode import find_compiler
from workbench.build.digest import files_below
from workbench.build.dist import Built, build, dist_folder
from workbench.build.errors import BuildError
from workbench.build.size import BUDGETS, MIB, Weight, rows
from workbench.build.target import PYTHON, TARGETS, Arch
from workbench.cli import app
from workbench.local.template import read_template

TINY = {
    "pyproject.toml": """
[project]
name = "tiny"
version = "1"
dependencies = ["idna==3.10"]
optional-dependencies = {server = ["h11"]}
""",
    "shared/requirements-excluded.txt": "",
    "shared/modelet/__init__.py": "",
    "functions/__init__.py": "",
    "functions/one/__init__.py": "",
    "functions/one/requirements.in": "annotated-types\nidna\n",
    "functions/two/__init__.py": "",
    "functions/two/names.json": "[]",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A project with two functions that have no model, and its locks."""
    for name, text in TINY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    lock.write(tmp_path)
    return tmp_path


def bound(project: Path, idna: str) -> None:
    """Change the bounds that the layer's lock is made from."""
    path = project / "pyproject.toml"
    path.write_text(TINY["pyproject.toml"].replace("idna==3.10", f"idna{idna}"))


def made(parts: list[Built]) -> list[str]:
    return [part.folder.name for part in parts if part.anew]


def test_a_pin_within_its_bounds_stays_until_an_upgrade(tiny: Path) -> None:
    bound(tiny, ">=3.10,<4")
    lock.check(tiny)
    lock.write(tiny)
    assert "idna==3.10 " in (tiny / lock.LAYER_LOCK).read_text()
    lock.write(tiny, upgrade=True)
    assert "idna==3.10 " not in (tiny / lock.LAYER_LOCK).read_text()


def test_a_lock_that_does_not_fit_its_bounds_is_named(tiny: Path) -> None:
    bound(tiny, ">=3.11,<4")
    with pytest.raises(BuildError, match=r"^shared/requirements\.txt is stale; run: modelet lock$"):
        lock.check(tiny)


def test_a_distribution_that_depends_on_the_machine_is_refused(tiny: Path) -> None:
    path = tiny / "functions/one/requirements.in"
    path.write_text(path.read_text() + "colorama; sys_platform == 'win32'\n")
    with pytest.raises(
        BuildError, match=r"^functions/one/requirements\.txt: colorama==\S+ ; sys_platform == 'win32': "
    ):
        lock.write(tiny)


def test_bounds_that_nothing_satisfies_are_told(tiny: Path) -> None:
    bound(tiny, "==3.10,==3.11")
    with pytest.raises(BuildError, match=r"pyproject\.toml cannot be resolved: .*idna"):
        lock.write(tiny)


def test_a_function_locks_only_what_the_layer_does_not_have(tiny: Path) -> None:
    assert lock.names(tiny / lock.LAYER_LOCK) == ["idna"]
    assert lock.names(tiny / "functions/one/requirements.txt") == ["annotated-types"]


def test_a_wheel_with_another_sha256_is_refused(tiny: Path) -> None:
    path = tiny / lock.LAYER_LOCK
    path.write_text(re.sub("sha256:....", "sha256:0000", path.read_text()))
    with pytest.raises(BuildError, match=r"requirements\.txt: ERROR: THESE PACKAGES DO NOT MATCH"):
        build(tiny, Arch.X86_64, None)
    assert not (dist_folder(tiny, Arch.X86_64) / "layer/python").exists()


def test_requirements_without_a_lock_are_not_left_out_in_silence(tiny: Path) -> None:
    (tiny / "functions/one/requirements.txt").unlink()
    with pytest.raises(BuildError, match=r"functions/one/requirements\.txt does not exist; run: modelet lock"):
        build(tiny, Arch.X86_64, None)


def test_a_function_gets_its_folder_and_its_requirements_and_nothing_of_another(tiny: Path) -> None:
    build(tiny, Arch.X86_64, None)
    dist = dist_folder(tiny, Arch.X86_64)
    assert {path.name for path in (dist / "layer/python").iterdir()} == {"idna", "idna-3.10.dist-info", "modelet"}
    assert "annotated_types/__init__.py" in files_below(dist / "functions/one")
    assert list(files_below(dist / "functions/two")) == [
        "functions/__init__.py",
        "functions/two/__init__.py",
        "functions/two/names.json",
        "layer.sha256",
    ]


def test_only_what_changed_is_made_anew(tiny: Path) -> None:
    first = build(tiny, Arch.X86_64, None)
    assert made(first) == ["python", "python", "one", "two"]
    os.utime(tiny / "functions/two/names.json", (0, 0))
    assert made(build(tiny, Arch.X86_64, None)) == []
    (tiny / "functions/two/names.json").write_text('["Ada"]')
    second = build(tiny, Arch.X86_64, None)
    assert made(second) == ["two"]
    assert [a.digest == b.digest for a, b in zip(first, second, strict=True)] == [True, True, True, False]


def test_a_change_of_the_layer_changes_every_functions_artefact(tiny: Path) -> None:
    first = build(tiny, Arch.X86_64, None)
    (tiny / "shared/modelet/__init__.py").write_text("answer = 42")
    second = build(tiny, Arch.X86_64, None)
    assert [a.digest == b.digest for a, b in zip(first, second, strict=True)] == [False, True, False, False]


@pytest.fixture(scope="module", params=list(Arch))
def dist(bundles: Path, request: pytest.FixtureRequest) -> Path:
    """dist/<arch> of this project."""
    build(bundles, request.param, find_compiler())
    return dist_folder(bundles, request.param)


def test_machine_code_is_of_the_architecture(dist: Path) -> None:
    libraries = [path for path in dist.rglob("*") if ".so" in path.suffixes]
    assert len(libraries) > 5
    machines = {int.from_bytes(path.read_bytes()[18:20], "little") for path in libraries}
    assert machines == {TARGETS[Arch(dist.name)].elf_machine}


def test_every_module_has_bytecode_of_lambdas_python(dist: Path) -> None:
    if not find_compiler():
        unavailable("nothing here compiles for Lambda's Python")
    tag = f".cpython-{PYTHON.replace('.', '')}.pyc"
    modules = {path.parent / "__pycache__" / f"{path.stem}{tag}" for path in dist.rglob("*.py")}
    assert modules == set(dist.rglob("*.pyc"))


def test_nothing_that_builds_or_tests_ships(dist: Path) -> None:
    names = {name for part in ("layer", "functions") for name in files_below(dist / part)}
    unwanted = {"model.toml", "calibration.json", "gate.json", "requirements.in", "requirements.txt", "conftest.py"}
    assert not [name for name in names if Path(name).name in unwanted]
    assert not [name for name in names if {"workbench", "tests", "huggingface_hub"} & set(Path(name).parts)]


@pytest.mark.parametrize("function", ["embed", "redact"])
def test_a_function_ships_its_own_folder_with_a_bundle_that_loads(dist: Path, function: str) -> None:
    functions = dist / "functions" / function / "functions"
    assert {path.name for path in functions.iterdir()} - {"__pycache__"} == {"__init__.py", function}
    assert Bundle.load(functions / function / "model").manifest.name


def test_everything_fits_its_budget(dist: Path) -> None:
    weighed = list(rows(read_template(dist.parents[1] / "template.yaml"), Arch(dist.name)))
    assert [row.name for row in weighed if not row.weight.fits(row.limit)] == []


def test_size_fails_over_budget(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUDGETS, "RuntimeLayer", Weight(50 * MIB, 10 * MIB))
    result = CliRunner().invoke(app, ["size"])
    assert result.exit_code == 1
    assert re.search(r"RuntimeLayer .* 10 ", result.output)


def test_an_artefact_is_what_sam_zips(bundles: Path, tmp_path: Path) -> None:
    for name in ("EmbedWorker", "RuntimeLayer"):
        assert CliRunner().invoke(app, ["artefact", name, str(tmp_path / name)]).exit_code == 0
    assert (tmp_path / "EmbedWorker/functions/embed/worker.py").is_file()
    assert (tmp_path / "RuntimeLayer/python/modelet/__init__.py").is_file()


def test_an_artefact_that_the_template_does_not_have_is_told(bundles: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["artefact", "Nope", str(tmp_path)])
    assert result.exit_code == 1
    assert "no function 'Nope' in the template; it has EmbedFunction" in result.output


def test_an_artefact_goes_nowhere_but_where_sam_says(bundles: Path) -> None:
    without = {name: value for name, value in os.environ.items() if name != "ARTIFACTS_DIR"}
    command = ["make", "--dry-run", "build-EmbedFunction"]
    done = subprocess.run(command, cwd=bundles, env=without, capture_output=True, text=True)
    assert done.returncode != 0
    assert "ARTIFACTS_DIR is missing" in done.stderr


def test_bytecode_that_is_required_and_missing_is_told_with_the_cure(
    bundles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.build.bytecode.find_compiler", lambda: None)
    monkeypatch.setattr("workbench.build.dist.Built.compiled", False)
    result = CliRunner().invoke(app, ["build", "--require-bytecode"])
    assert result.exit_code == 1
    assert "error: there is no bytecode: install python3.13" in result.output
