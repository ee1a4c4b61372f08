"""What the README claims and a command can check."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from modelet.bundle import Bundle
from workbench.cli import app
from workbench.packager.spec import functions_with_models

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.usefixtures("bundles")
def test_the_digests_are_those_of_the_bundles() -> None:
    for folder in functions_with_models(ROOT):
        manifest = Bundle.load(folder / "model").manifest
        assert f"| {folder.name} | {manifest.id} | `{manifest.digest}` |" in README


def test_every_command_exists() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"modelet ([a-z][a-z-]*)", README)) <= set(commands)
    assert all(
        re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in re.findall(r"`?make ([a-z][a-z-]*)", README)
    )


def test_every_linked_file_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links
    assert all((ROOT / link.partition("#")[0]).exists() for link in links)
