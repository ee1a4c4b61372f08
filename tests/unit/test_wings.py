"""The three wings: what ships is small and knows nothing of what builds it. Imports inside functions count too."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, FUNCTIONS, WORKBENCH = ROOT / "shared" / "modelet", ROOT / "functions", ROOT / "workbench"
TASKS = sorted(path.parent for path in FUNCTIONS.glob("*/__init__.py"))

RUNTIME_ANYWHERE = {"modelet", "numpy", "onnxruntime", "pydantic", "pydantic_core", "tokenizers"}
# What only one module of the runtime may import.
RUNTIME_ONLY_IN = {
    "adapters/http.py": {"fastapi", "mangum", "snapshot_restore_py", "starlette"},
    "adapters/problems.py": {"fastapi", "starlette"},
    "adapters/queue.py": {"aws_lambda_powertools"},
    "adapters/routes.py": {"fastapi"},
    "batch/aws.py": {"boto3", "botocore"},
    "observability.py": {"aws_lambda_powertools"},
    "snapshot.py": {"snapshot_restore_py"},
}
HTTP_ADAPTER = ("adapters/http.py", "adapters/problems.py", "adapters/routes.py")
HTTP_ONLY = {"fastapi", "mangum", "starlette"} | {
    f"modelet.{name.removesuffix('.py').replace('/', '.')}" for name in HTTP_ADAPTER
}


def modules(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


def imported(path: Path) -> Iterator[str]:
    """Dotted names of every module that `path` imports; `from package import name` gives `package.name` too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is relative; the wings cannot be told apart"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path: Path) -> set[str]:
    """Top-level packages that `path` imports, less the standard library."""
    return {name.partition(".")[0] for name in imported(path)} - sys.stdlib_module_names


def required(folder: Path) -> set[str]:
    """Top-level packages of the distributions that a function's own requirements name."""
    path = folder / "requirements.in"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = {_canonical(re.split(r"[^\w.-]", line)[0]) for line in lines if line and not line.startswith("#")}
    return {
        package
        for package, distributions in packages_distributions().items()
        if names & {_canonical(one) for one in distributions}
    }


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(RUNTIME), ids=name_of)
def test_the_runtime_imports_what_ships(path: Path) -> None:
    assert packages(path) <= RUNTIME_ANYWHERE | RUNTIME_ONLY_IN.get(path.relative_to(RUNTIME).as_posix(), set())


@pytest.mark.parametrize("path", modules(RUNTIME), ids=name_of)
def test_only_the_http_adapter_knows_http(path: Path) -> None:
    if path.relative_to(RUNTIME).as_posix() not in HTTP_ADAPTER:
        assert not HTTP_ONLY & set(imported(path))


@pytest.mark.parametrize("folder", TASKS, ids=name_of)
def test_a_function_imports_the_runtime_and_its_own_requirements(folder: Path) -> None:
    allowed = {"functions", "modelet", "numpy", "pydantic"} | required(folder)  # numpy: tasks answer with arrays
    for path in modules(folder):
        assert packages(path) <= allowed, path


@pytest.mark.parametrize("folder", TASKS, ids=name_of)
def test_a_function_does_not_know_another(folder: Path) -> None:
    own = f"functions.{folder.name}"
    for path in modules(folder):
        others = [name for name in imported(path) if name.startswith("functions")]
        assert all(name == own or name.startswith(f"{own}.") for name in others), path


@pytest.mark.parametrize("folder", TASKS, ids=name_of)
def test_only_the_http_entry_knows_http(folder: Path) -> None:
    for path in modules(folder):
        if path.name != "api.py":
            assert not HTTP_ONLY & set(imported(path)), path
            assert f"functions.{folder.name}.api" not in imported(path), path


def test_nobody_imports_the_workbench() -> None:
    shipped = [*modules(RUNTIME), *modules(FUNCTIONS)]
    assert not [name_of(path) for path in shipped if {"workbench", "tests"} & packages(path)]
    assert not [name_of(path) for path in modules(WORKBENCH) if "tests" in packages(path)]


def test_the_runtimes_packages_are_the_layers_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_canonical(re.split(r"[^\w.-]", one)[0]) for one in project["dependencies"]}
    used = set().union(*(packages(path) for path in modules(RUNTIME)))
    used -= {"modelet", "pydantic_core", "starlette", "boto3", "botocore"}  # the last two are in Lambda's runtime
    assert {_canonical(name) for name in used} == declared
