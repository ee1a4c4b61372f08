"""The command `modelet`: help with examples, and one line for whatever a user can mend."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modelet.bundle import Bundle
from workbench.cli import app

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(typer.main.get_group(app).commands)


def modelet(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout)


def test_help_lists_every_command() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert {"package", "models", "calibrate", "invoke", "serve", "evaluate", "openapi", "demo"} <= set(COMMANDS)
    assert all(re.search(rf"\b{name}\b", told) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_an_example(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f"Example: modelet {name}" in result.output


@pytest.mark.usefixtures("bundles")
def test_models_shows_bundles_and_digests() -> None:
    done = modelet("models")
    assert done.returncode == 0
    manifests = [Bundle.load(path).manifest for path in ROOT.glob("functions/*/model")]
    assert len(manifests) >= 2
    for manifest in manifests:
        assert manifest.id in done.stdout
        assert manifest.digest[:32] in done.stdout  # the rest is on the line below


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize("name", ["embed", "EmbedFunction"])
def test_invoke_prints_the_answer_and_what_it_cost(name: str) -> None:
    done = modelet("invoke", name, "-e", "events/http_embed_invalid.json", "--repeat", "2")
    assert done.returncode == 0
    assert '"statusCode": 422' in done.stdout
    assert '"ColdStart":1' in done.stdout  # the function's log
    assert re.search(
        r"REPORT RequestId: \S+  Duration: [\d.]+ ms  Billed Duration: \d+ ms  Memory Size: 1769 MB  "
        r"Max Memory Used: \d+ MB  Init Duration: [\d.]+ ms\nwarm median of 2: [\d.]+ ms\n",
        done.stdout,
    )


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("package nope", "no function 'nope' with a model.toml; there are embed, emotion"),
        ("package", "name a function, or give --all"),
        ("package embed --all", "name a function, or give --all"),
        ("calibrate nope", "no function 'nope'"),
        ("calibrate redact", "precision 'as-is' is not calibrated"),
        ("calibrate embed --data nope.txt", "nope.txt"),
        ("evaluate nope --data x.csv", "no function 'nope'"),
        ("evaluate embed --data nope.csv", "nope.csv"),
        ("evaluate embed --data pyproject.toml", "pyproject.toml, line 1"),
        ("evaluate redact --data pyproject.toml", "pyproject.toml"),
        ("invoke nope -e events/http_embed.json", "goes to EmbedFunction by template.yaml, not to 'nope'"),
        ("invoke redact -e events/http_embed.json", "goes to EmbedFunction by template.yaml, not to 'redact'"),
        ("invoke embed -e nope.json", "nope.json"),
        ("invoke embed -e [red]:smile:.json", "[red]:smile:.json"),
        ("invoke embed -e pyproject.toml", "pyproject.toml"),
        ("tune nope", "events is for a function called 'nope', only for EmbedFunction, embed, EmotionFunction"),
        ("tune embed -e events/http_redact.json", "goes to RedactFunction by template.yaml, not to 'embed'"),
        ("serve --host nowhere.invalid", "cannot listen on nowhere.invalid:8000"),
    ],
)
def test_what_a_user_can_mend_is_told_in_one_line(arguments: str, told: str) -> None:
    done = modelet(*arguments.split())
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", ["nope", "package --nope", "invoke embed", "serve --port 99999", "serve --port x"]
)
def test_wrong_usage_ends_with_2(arguments: str) -> None:
    result = CliRunner().invoke(app, arguments.split())
    assert result.exit_code == 2
    assert "Usage: modelet" in result.output


def test_the_openapi_document_is_up_to_date() -> None:
    assert modelet("openapi", "--check").returncode == 0
