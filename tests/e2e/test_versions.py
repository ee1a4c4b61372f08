"""When SAM publishes a version of a function, and who calls it; by SAM's own translator."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAM_PYTHON = ROOT / ".venv-sam/bin/python"
pytestmark = pytest.mark.skipif(not SAM_PYTHON.exists(), reason="needs .venv-sam; run: make .venv-sam/.sam")

FUNCTIONS = ("EmbedFunction", "EmbedWorker", "RedactFunction", "RedactWorker")


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
    defaults = {"SnapStart": "None", "Revision": "", "Architecture": "x86_64"}
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
    assert uris.count("Aliaslive}/invocations") == uris.count("/invocations") == 3
    mappings = [one for one in translated.values() if one["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert [one["Properties"]["FunctionName"]["Ref"] for one in mappings] == [
        "EmbedWorkerAliaslive",
        "RedactWorkerAliaslive",
    ]


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


def test_a_new_revision_publishes_all(artefacts: dict[str, Path]) -> None:
    before = resources(artefacts)
    after = resources(artefacts, Revision="0123456789", SnapStart="PublishedVersions")
    assert functions_with_a_new_version(before, after) == set(FUNCTIONS)


def test_a_version_that_is_replaced_is_deleted_with_its_snapshot(artefacts: dict[str, Path]) -> None:
    translated = resources(artefacts)
    assert {translated[name]["DeletionPolicy"] for name in versions(translated)} == {"Delete"}
