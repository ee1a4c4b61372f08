"""A memory sweep with real environments in real cgroups."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.local.errors import LocalError
from workbench.local.template import Function, read_template
from workbench.tune import sweep as module
from workbench.tune.energy import find_meter
from workbench.tune.sweep import sweep

HANDLER = """
HELD = bytes(range(256)) * (150 << 12)  # 150 MB

def handler(event, context):
    return sum(range(300_000))
"""


@pytest.fixture
def function(project: Path) -> Function:
    (project / "held.py").write_text(HANDLER)
    return replace(read_template(project / "template.yaml").functions[0], handler="held.handler", timeout=20)


@pytest.mark.usefixtures("cgroups")
def test_a_size_that_is_too_small_is_told_and_the_sweep_goes_on(project: Path, function: Function) -> None:
    results = sweep(function, project, {}, find_meter(1), sizes=[1769, 128, 442], rounds=2, repeat=5)
    small, quarter, core = results
    assert [size.memory_mb for size in results] == [128, 442, 1769]
    assert "out of memory: the limit is 128 MB" in (small.failure or "")
    assert not small.trials
    assert quarter.failure is core.failure is None
    assert len(quarter.trials) == len(core.trials) == 2
    assert core.median("peak_rss_mib") > 150
    assert core.median("cold_ms") > core.median("init_ms") > 0
    assert 0 < core.median("joules") < 1


@pytest.mark.usefixtures("cgroups")
@pytest.mark.parametrize(
    "answer", [{"statusCode": 422, "body": "{}"}, {"batchItemFailures": [{"itemIdentifier": "a"}]}]
)
def test_an_answer_that_is_an_error_is_not_measured(project: Path, function: Function, answer: object) -> None:
    (project / "held.py").write_text(f"def handler(event, context): return {answer}")
    with pytest.raises(LocalError, match=r"EchoFunction does not answer this event.*(422|itemIdentifier)"):
        sweep(function, project, {}, find_meter(1), sizes=[442], rounds=1, repeat=1)


def test_without_limits_a_sweep_is_refused(project: Path, function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "unavailable", lambda: "no cgroup can be made")
    with pytest.raises(LocalError, match=r"would mean nothing here.*: no cgroup can be made"):
        sweep(function, project, {}, find_meter(1), rounds=1, repeat=1)
