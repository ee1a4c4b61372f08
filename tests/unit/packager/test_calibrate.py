"""Calibration: what is measured, and the file that keeps it."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.unit.packager.reference import CONFIG, checkpoint, embed
from workbench.packager import calibrate, encoder
from workbench.packager.bert import BERT
from workbench.packager.calibrate import CalibrationError, Statistics

SEQUENCES = [[2, 7, 11, 48, 3], [2, 9, 3], [2, 30, 31, 32, 33, 34, 3]]


def measure(progress: list[int] | None = None) -> Statistics:
    build = partial(encoder.build, BERT, checkpoint(), CONFIG, "embedding")
    tick = partial((progress if progress is not None else []).append, 1)
    return calibrate.collect(build, SEQUENCES, weights="w" * 64, texts="t" * 64, progress=tick)


def test_the_range_is_that_of_all_tokens_of_all_texts() -> None:
    tokens = np.concatenate([embed(checkpoint(), np.array([ids]))[0] for ids in SEQUENCES])
    low, high = measure().ranges["layer.0.qkv"]
    np.testing.assert_allclose(low, tokens.min(axis=0), atol=1e-5)
    np.testing.assert_allclose(high, tokens.max(axis=0), atol=1e-5)


def test_every_site_is_measured_by_channel() -> None:
    sizes = {site: high.size for site, (_, high) in measure().ranges.items()}
    kinds = {"qkv": 32, "out": 32, "up": 32, "down": 64}
    assert sizes == {f"layer.{index}.{kind}": size for index in range(2) for kind, size in kinds.items()}


def test_progress_is_told_after_each_text() -> None:
    progress: list[int] = []
    measure(progress)
    assert len(progress) == len(SEQUENCES)


def test_no_text_is_an_error() -> None:
    build = partial(encoder.build, BERT, checkpoint(), CONFIG, "embedding")
    with pytest.raises(ValueError, match="at least one text"):
        calibrate.collect(build, [], weights="", texts="")


def test_a_file_keeps_three_digits(tmp_path: Path) -> None:
    statistics = measure()
    statistics.save(tmp_path / "calibration.json")
    loaded = Statistics.load(tmp_path / "calibration.json", weights="w" * 64)
    assert (loaded.weights, loaded.texts) == (statistics.weights, statistics.texts)
    assert loaded.ranges.keys() == statistics.ranges.keys()
    for site, bounds in statistics.ranges.items():
        np.testing.assert_allclose(loaded.ranges[site], bounds, rtol=5.1e-3)


def test_a_file_is_stable_and_has_a_line_for_each_bound(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    measure().save(first)
    Statistics.load(first, weights="w" * 64).save(second)
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_text().splitlines()) == 2 + 3 + 2 * len(measure().ranges)


def test_statistics_of_other_weights_are_refused(tmp_path: Path) -> None:
    measure().save(tmp_path / "calibration.json")
    with pytest.raises(CalibrationError, match=rf"weights {'w' * 64}, not {'x' * 64}; run `modelet calibrate`"):
        Statistics.load(tmp_path / "calibration.json", weights="x" * 64)


def test_statistics_of_another_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text('{"version": 0}')
    with pytest.raises(CalibrationError, match="version 0, not 1"):
        Statistics.load(tmp_path / "calibration.json", weights="")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text("{")
    with pytest.raises(CalibrationError, match=r"calibration\.json is not JSON"):
        Statistics.load(tmp_path / "calibration.json", weights="")
