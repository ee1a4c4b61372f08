"""`modelet coldstart` on the project's own functions, in real processes."""

from pathlib import Path

import pytest

from workbench.coldstart.measure import measure
from workbench.coldstart.picture import draw
from workbench.local.child import ChildProcess
from workbench.local.errors import FunctionError, LocalError
from workbench.local.routing import Target, find_target, read_event
from workbench.local.template import Template


def test_all_that_a_cold_start_does_is_accounted_for(template: Template, tmp_path: Path) -> None:
    targets = [find_target(name, template) for name in ("embed", "RedactWorker")]
    starts = measure(targets, template.root, runs=1)
    assert [start.function for start in starts] == ["EmbedFunction", "RedactWorker"]
    for start in starts:
        assert sum(start.steps.values()) == pytest.approx(start.total)
        assert sum(start.packages.values()) == pytest.approx(start.steps["imports"])
        assert {"bundle: verify (sha256)", "bundle: tokenizer", "bundle: session"} < start.steps.keys()
        assert min(start.steps["interpreter"], start.steps["bundle: session"], start.steps["first answer"]) > 0
    assert "fastapi" in starts[0].packages
    assert "fastapi" not in starts[1].packages
    draw(starts, tmp_path / "coldstart.png")
    assert (tmp_path / "coldstart.png").read_bytes().startswith(b"\x89PNG")


def test_a_function_that_fails_is_named_with_its_error(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_NO_SUCH_SETTING", "1")
    with pytest.raises(FunctionError, match=r"EmbedFunction: .*MODELET_NO_SUCH_SETTING"):
        measure([find_target("embed", template)], template.root, runs=1)


def test_an_answer_that_is_an_error_is_not_measured(template: Template) -> None:
    target = Target(template.function("EmbedFunction"), template.root / "events" / "http_embed_invalid.json")
    with pytest.raises(LocalError, match=r"EmbedFunction does not answer this event.*422"):
        measure([target], template.root, runs=1)


def test_the_first_answer_warns_of_nothing(template: Template) -> None:
    target = find_target("embed", template)
    with ChildProcess(target.function, template.root) as child:  # models that FastAPI deferred are built by now
        assert child.invoke(read_event(target.event)).answer["statusCode"] == 200
        assert "Warning" not in child.logs()
