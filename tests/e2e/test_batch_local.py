"""`modelet batch submit --local`: interrupted, it goes on; done, it does nothing; Parquet comes in as it is."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROWS = [
    {"id": number, "text": f"Der Zug Nummer {number} fährt um neun Uhr ab.", "kind": number % 3}
    for number in range(16_000)
]
COMMAND = [sys.executable, "-m", "workbench.cli", "batch", "submit", "language"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("batch") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def answers(out: Path) -> list[dict[str, object]]:
    manifest = json.loads((out / "_manifest.json").read_text(encoding="utf-8"))
    return [
        json.loads(line)
        for part in manifest["parts"]
        for line in (out / part["file"]).read_text(encoding="utf-8").splitlines()
    ]


def submit(file: Path, out: Path, *options: str) -> str:
    done = subprocess.run([*COMMAND, str(file), "--local", str(out), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_interrupted_it_goes_on_where_it_was(bundles: Path, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        [*COMMAND, str(file), "--local", str(out), "--processes", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("part-*.jsonl")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to children too
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "goes on where it was" in told
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.jsonl")}
    assert not (out / "_SUCCESS").exists()
    submit(file, out)
    assert len(before) < len(list(out.glob("part-*.jsonl")))
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert [one["id"] for one in answers(out)] == [row["id"] for row in ROWS]
    assert "nothing was done" in submit(file, out)


def test_parquet_comes_in_as_it_is(bundles: Path, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the extra: pip install -e '.[batch]'")
    parquet = pytest.importorskip("pyarrow.parquet")
    path, out = tmp_path / "rows.parquet", tmp_path / "out"
    parquet.write_table(arrow.Table.from_pylist(ROWS[:50]), path)
    submit(path, out, "--parameters", "{}", "--processes", "1")
    found = answers(out)
    assert [(one["id"], one["kind"]) for one in found] == [(row["id"], row["kind"]) for row in ROWS[:50]]
    assert not (out / "_parts" / "plain").exists()


def test_a_folder_that_holds_something_else_is_left_alone(bundles: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = subprocess.run([*COMMAND, str(file), "--local", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "is not empty; name another folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
