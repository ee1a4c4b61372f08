"""When SAM publishes a version of a function, and who calls it; by SAM's own translator."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT, unavailable
from workbench.cli import app
from workbench.local.template import read_template

SAM_PYTHON = ROOT / ".venv-sam/bin/python"
TEMPLATE = read_template(ROOT / "template.yaml")
FUNCTIONS = [function.logical_id for function in TEMPLATE.functions]


@pytest.fixture(autouse=True)
def sam() -> None:
    if not SAM_PYTHON.exists():
        unavailable("no .venv-sam: run `make .venv-sam/.sam`")


@pytest.fixture
def artefacts(tmp_path: Path) -> dict[str, Path]:
    """A folder for each function and for the layer, with the file in which the builder names the layer."""
    folders = {name: tmp_path / name for name in (*FUNCTIONS, "RuntimeLayer")}
    for folder in folders.values():
        folder.mkdir()
        (folder / "code.py").write_text("")
        (folder / "layer.sha256").write_text("0")
    return folders


def resources(artefacts: dict[str, Path], **parameters: str) -> dict[str, Any]:
    folders = {name: str(folder) for name, folder in artefacts.items()}
    defaults = {"SnapStart": "None", "Architecture": "x86_64"}
    asked = {"template": str(ROOT / "template.yaml"), "artefacts": folders, "parameters": defaults | parameters}
    command = [str(SAM_PYTHON), "-W", "ignore", str(ROOT / "tests/e2e/translated.py")]
    variables = os.environ | {"AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, env=variables)
    assert done.returncode == 0, done.stderr
    translated: dict[str, Any] = json.loads(done.stdout)
    return translated


def versions(translated: dict[str, Any]) -> set[str]:
    return {name for name, resource in translated.items() if resource["Type"] == "AWS::Lambda::Version"}


def functions_with_a_new_version(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name.partition("Version")[0] for name in versions(after) - versions(before)}


def test_routes_and_queues_call_the_published_version(artefacts: dict[str, Path]) -> None:
    translated = resources(artefacts)
    uris = json.dumps(translated["Api"]["Properties"]["Body"]["paths"])
    routes = sum(len(function.routes) for function in TEMPLATE.functions)
    assert uris.count("Aliaslive}/invocations") == uris.count("/invocations") == routes
    mappings = [one for one in translated.values() if one["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert {one["Properties"]["FunctionName"]["Ref"] for one in mappings} == {
        f"{function.logical_id}Aliaslive" for function in TEMPLATE.functions if function.mappings
    }


def test_a_new_bundle_or_code_publishes_its_function_and_a_new_layer_all(artefacts: dict[str, Path]) -> None:
    before = resources(artefacts)
    os.utime(artefacts["EmbedFunction"] / "code.py", (0, 0))
    assert not functions_with_a_new_version(before, resources(artefacts))
    (artefacts["EmbedFunction"] / "code.py").write_text("answer = 42")
    code = resources(artefacts)
    assert functions_with_a_new_version(before, code) == {"EmbedFunction"}
    for name in FUNCTIONS:  # as the builder does when the layer changes
        (artefacts[name] / "layer.sha256").write_text("1")
    assert functions_with_a_new_version(code, resources(artefacts)) == set(FUNCTIONS)


def artefact(name: str, folder: Path, *options: str) -> Path:
    """What `modelet artefact` makes; `make deploy` with parameters asks for it with --anew."""
    result = CliRunner().invoke(app, ["artefact", name, str(folder), *options])
    assert result.exit_code == 0, result.output
    return folder


@pytest.mark.usefixtures("bundles")
def test_parameters_alone_publish_a_function_by_a_mark_in_its_artefact(
    artefacts: dict[str, Path], tmp_path: Path
) -> None:
    def translated(folder: str, *options: str) -> dict[str, Any]:
        return resources(artefacts | {"EmbedFunction": artefact("EmbedFunction", tmp_path / folder, *options)})

    before, again = translated("before"), translated("again")
    assert not functions_with_a_new_version(before, again)
    marked = translated("marked", "--anew")
    assert functions_with_a_new_version(before, marked) == {"EmbedFunction"}
    assert functions_with_a_new_version(marked, translated("marked-again", "--anew")) == {"EmbedFunction"}


@pytest.mark.usefixtures("bundles")
def test_the_layer_gets_no_mark(tmp_path: Path) -> None:
    layer = artefact("RuntimeLayer", tmp_path / "layer", "--anew")
    assert [path.name for path in layer.iterdir()] == ["python"]


def test_a_version_that_is_replaced_stays_to_be_rolled_back_to(artefacts: dict[str, Path]) -> None:
    translated = resources(artefacts)
    assert {translated[name]["DeletionPolicy"] for name in versions(translated)} == {"Retain"}
