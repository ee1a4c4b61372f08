"""The README's recipes, run as they stand there."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Recipes\n")[2].partition("\n## ")[0]
TITLES = re.findall(r"^\*\*(.+?)\*\*", SECTION, re.MULTILINE)
HELPER, *RECIPES = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
EXPECTED = {
    "Triage of a support chat": ["negative", "[PERSON]", "positive"],
    "Similar items": ["bottle"],
    "Answers out of a folder of documents": ["torch"],
}


def test_every_recipe_has_its_test() -> None:
    assert list(EXPECTED) == TITLES
    assert len(RECIPES) == len(TITLES)


@pytest.mark.parametrize(("title", "code"), list(zip(TITLES, RECIPES, strict=True)), ids=TITLES)
def test_a_recipe_runs(
    title: str, code: str, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(ROOT))
    exec(HELPER.replace("http://127.0.0.1:8000", url) + code, {})
    printed = capsys.readouterr().out
    for word in EXPECTED[title]:
        assert word in printed
