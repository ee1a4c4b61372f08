"""`modelet train` where its extra is missing."""

import pytest
from typer.testing import CliRunner

from workbench.cli import app, train


def test_a_missing_extra_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "EXTRA", ("no_such_package",))
    result = CliRunner().invoke(app, ["train", "embed", "--data", "mine.csv"])
    assert result.exit_code == 1
    assert "no_such_package, which training needs, is missing: pip install -e '.[train]'" in result.stderr
