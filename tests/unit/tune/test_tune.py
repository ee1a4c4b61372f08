"""Prices, energy, and how a sweep is shown."""

import io
import os
import time
from pathlib import Path

import pytest
from rich.console import Console

from workbench.local.template import Function, read_template
from workbench.tune.energy import cpu_seconds, find_meter
from workbench.tune.prices import compute_usd
from workbench.tune.report import sweep_notes, sweep_table
from workbench.tune.sweep import Size, Trial


@pytest.fixture
def functions(project: Path) -> dict[str, Function]:
    return {function.logical_id: function for function in read_template(project / "template.yaml").functions}


def test_compute_is_billed_by_the_gigabyte_second() -> None:
    # AWS's own example: 3 million calls of 120 ms at 1,536 MB are 540,000 GB-s, $9.00 on x86.
    assert 3 * compute_usd(1536, 120, "x86_64") == pytest.approx(9.00, abs=0.001)
    assert compute_usd(1024, 1000, "arm64") == pytest.approx(13.3334)


def test_the_machines_own_counter_comes_first(tmp_path: Path) -> None:
    (tmp_path / "energy_uj").write_text("2500000\n")
    (tmp_path / "max_energy_range_uj").write_text("262143328850\n")
    meter = find_meter(rapl=tmp_path)
    assert meter.source.startswith("RAPL, all of CPU package 0")
    assert meter.joules(os.getpid()) == 2.5
    assert meter.difference(2.5, 4) == 1.5
    assert meter.difference(262143, 1) == pytest.approx(1.32885)
    assert find_meter(4, rapl=tmp_path).source == "estimated: CPU time at 4 W for a busy vCPU"


def test_without_a_counter_energy_is_cpu_time_by_watts(tmp_path: Path) -> None:
    meter = find_meter(rapl=tmp_path)
    assert meter.source == "estimated: CPU time at 3.5 W for a busy vCPU"
    before, cpu, own = meter.joules(os.getpid()), cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() < own + 0.1:
        pass
    assert 0.05 < cpu_seconds(os.getpid()) - cpu < 5
    assert meter.joules(os.getpid()) - before > 3.5 * 0.05


def shown(function: Function, sizes: list[Size]) -> str:
    text = io.StringIO()
    Console(width=140, file=text).print(sweep_table(function, sizes))
    return text.getvalue()


SIZES = [
    Size(128, [Trial(1, 1, 1, 1, 1)], failure="Runtime.ExitError: killed (out of memory: the limit is 128 MB)"),
    Size(1024, [Trial(900.4, 800.2, 11.5, 0.02, 100), Trial(700, 600, 9.5, 0.04, 110), Trial(800, 700, 9.9, 0.03, 99)]),
]


def test_a_size_is_its_medians_and_a_failed_one_is_told(functions: dict[str, Function]) -> None:
    lines = shown(functions["EchoFunction"], SIZES).splitlines()
    [failed, row] = [line.split() for line in lines if line.strip()[:1].isdigit()]
    assert failed[:3] == ["128", "failed", "-"]
    # 10 ms billed at 1 GB: 10,000 GB-s.
    assert row == ["1,024", "800", "700", "9.90", "100", "0.167", "0.133", "0.200", "1.000", "1.367", "11.67", "30.00"]
    assert "128 MB: Runtime.ExitError: killed (out of memory" in sweep_notes(SIZES, "guessed")[0]
    assert sweep_notes(SIZES, "guessed")[-1] == "Energy: guessed."
    prices = "\n".join(sweep_notes(SIZES, "guessed"))
    assert all(
        f"{price} for a " in prices for price in ("compute, x86_64: $0.0000166667", "requests: $0.20", "gateway: $1.00")
    )


def test_a_size_that_the_machine_has_not_the_cores_for_is_told() -> None:
    cores = len(os.sched_getaffinity(0))
    large = Size(1769 * cores + 885, [Trial(1, 1, 1, 1, 1)])
    told = f"{large.memory_mb:,} MB get {cores} cores here, not {cores}.5."
    assert told in sweep_notes([large], "guessed")
    assert not any("cores here" in note for note in sweep_notes([Size(1769 * cores)], "guessed"))


def test_a_worker_has_no_gateway(functions: dict[str, Function]) -> None:
    [row] = [line.split() for line in shown(functions["EchoWorker"], SIZES[1:]).splitlines() if "1,024" in line]
    assert row[8:10] == ["0.000", "0.367"]


def test_the_picture_is_a_png(functions: dict[str, Function], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra modelet[measure]")
    from workbench.tune.picture import draw

    draw(functions["EchoFunction"], SIZES, tmp_path / "tune.png")
    assert (tmp_path / "tune.png").read_bytes().startswith(b"\x89PNG")
