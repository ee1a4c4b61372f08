"""The page of figures, its data and its picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from workbench.evaluation.calibration import calibration_error
from workbench.evaluation.metrics import mean
from workbench.evaluation.report import table, update
from workbench.evaluation.results import Evaluated, Public, bins_of, compare

METRICS = [
    mean("accuracy", [True, True, True, False]),
    calibration_error(np.array([0.9, 0.8, 0.9, 0.2]), np.array([1.0, 1, 1, 0])),
]
RESULT = Evaluated(
    function="sentiment",
    bundle="tiny@1.0.0",
    digest="0" * 64,
    data="dev.tsv",
    form="sst2",
    public=Public("1" * 64, "MIT", "somewhere@abc"),
    figures=compare(METRICS, [mean("accuracy", [True] * 4)]),
    bins=bins_of(METRICS),
)


def test_what_is_kept_of_single_precision() -> None:
    accuracy, calibration = RESULT.figures
    assert (accuracy.bundle.value, accuracy.reference, accuracy.kept) == (0.75, 1.0, 0.75)
    assert (calibration.reference, calibration.kept) == (None, None)


def test_the_table_has_the_interval() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(table(RESULT))
    low, high = RESULT.figures[0].bundle.low, RESULT.figures[0].bundle.high
    words = captured.get().split()
    assert {"0.7500", f"{low:.4f}", f"{high:.4f}", "1.0000", "75.00%"} <= set(words)


def test_a_function_is_put_in_the_place_of_its_earlier_figures(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks" / "quality.md"
    update(page, [RESULT, replace(RESULT, data="old.tsv")])
    update(page, [replace(RESULT, function="emotion", public=None)])
    update(page, [RESULT])
    text = page.read_text()
    assert text.count("| sentiment | dev.tsv | sst2 | accuracy | 4 | 0.7500 (") == 1
    assert "| emotion | dev.tsv | sst2 | accuracy" in text
    assert f"| dev.tsv | somewhere@abc | MIT | `{'1' * 64}` |" in text
    assert "old.tsv" not in text
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_data_that_are_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "quality.json").write_text('{"mine": 1}')
    with pytest.raises(ValueError, match=r"quality\.json holds something else"):
        update(tmp_path / "quality.md", [RESULT])
    assert not (tmp_path / "quality.md").exists()
