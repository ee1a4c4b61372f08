"""Control groups: what is written where, in plain folders that stand for the kernel's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.emulator.cgroup import Group, Hierarchy
from workbench.emulator.limits import find_hierarchy

ROOT = Path(__file__).parents[3]
NOBODY = 1 << 23  # over the largest process id there can be


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_version_2_has_one_folder(tmp_path: Path) -> None:
    group = Hierarchy(2, tmp_path, tmp_path).make(512)
    [folder] = group.folders
    assert folder.parent == tmp_path
    assert written(folder) == {"cpu.max": "5788 20000", "memory.max": "536870912"}
    assert group.procs == (folder / "cgroup.procs",)


def test_version_1_has_one_for_each_controller(tmp_path: Path) -> None:
    for name in ("cpu", "memory"):
        (tmp_path / name).mkdir()
    cpu, memory = Hierarchy(1, tmp_path / "cpu", tmp_path / "memory").make(3538).folders
    assert written(cpu) == {"cpu.cfs_period_us": "20000", "cpu.cfs_quota_us": "40000"}
    assert written(memory) == {"memory.limit_in_bytes": str(3538 * 2**20)}


def test_version_2_hands_its_controllers_on_from_a_leaf(tmp_path: Path) -> None:
    control = tmp_path / "cgroup.subtree_control"
    control.write_text("pids\n")
    (tmp_path / f"modelet-{os.getpid()}-caller").mkdir()
    Hierarchy(2, tmp_path, tmp_path).enable()
    assert control.read_text() == "+cpu +memory"
    assert (tmp_path / f"modelet-{os.getpid()}-caller" / "cgroup.procs").read_text() == str(os.getpid())
    control.write_text("cpu memory pids\n")
    Hierarchy(2, tmp_path, tmp_path).enable()
    assert control.read_text() == "cpu memory pids\n"


ENABLE = """
import sys
from pathlib import Path
from workbench.emulator.cgroup import Hierarchy
Hierarchy(2, Path(sys.argv[1]), Path(sys.argv[1])).enable()
print((Path(sys.argv[1]) / "cgroup.subtree_control").read_text())
"""


def test_at_its_end_a_process_goes_back(tmp_path: Path) -> None:
    control = tmp_path / "cgroup.subtree_control"
    control.write_text("cpu\n")
    command = [sys.executable, "-c", ENABLE, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (leaf,) = tmp_path.glob("modelet-*-caller")
    assert done.stdout == "+memory\n"
    assert control.read_text() == "-memory"
    assert (tmp_path / "cgroup.procs").read_text() == leaf.name.split("-")[1]


def test_a_process_that_may_not_hand_on_goes_back(tmp_path: Path) -> None:
    (tmp_path / "cgroup.subtree_control").symlink_to("/proc/version")  # can be read, but not written
    with pytest.raises(OSError, match=r"."):
        Hierarchy(2, tmp_path, tmp_path).enable()
    assert (tmp_path / "cgroup.procs").read_text() == str(os.getpid())


@pytest.mark.parametrize(
    ("file", "text", "killed"),
    [
        ("memory.events", "low 0\nmax 12\noom 1\noom_kill 1\n", True),
        ("memory.events", "low 0\noom_kill 0\n", False),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
    ],
)
def test_an_out_of_memory_kill_is_counted(tmp_path: Path, file: str, text: str, killed: bool) -> None:
    (tmp_path / file).write_text(text)
    assert Group((tmp_path,)).out_of_memory is killed


def test_only_what_dead_processes_left_is_swept(tmp_path: Path) -> None:
    names = [f"modelet-{NOBODY}-0", f"modelet-{os.getpid()}-0", "other"]
    for name in names:
        (tmp_path / name).mkdir()
    Hierarchy(2, tmp_path, tmp_path).sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])


def test_without_permission_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="modelet-"):
        Hierarchy(1, tmp_path, tmp_path / "absent").make(128)
    assert not list(tmp_path.iterdir())


def test_where_groups_are(tmp_path: Path) -> None:
    v1, v2 = tmp_path / "v1", tmp_path / "v2"
    (v2 / "user").mkdir(parents=True)
    lines = [f"cgroup2 {v2} cgroup2 rw,relatime 0 0", f"tmpfs {tmp_path} tmpfs rw 0 0"]
    assert find_hierarchy("\n".join(lines), "0::/user\n") == Hierarchy(2, v2 / "user", v2 / "user")
    assert find_hierarchy("\n".join(lines), "0::/../of/the/host\n") == Hierarchy(2, v2, v2)

    lines += [f"cgroup {v1}/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0", f"cgroup {v1}/memory cgroup rw,memory 0 0"]
    (v1 / "memory" / "inner").mkdir(parents=True)
    found = find_hierarchy("\n".join(lines), "4:memory:/inner\n2:cpu,cpuacct:/absent\n0::/\n")
    assert found == Hierarchy(1, v1 / "cpu,cpuacct", v1 / "memory" / "inner")
    shutil.rmtree(v1)
    assert find_hierarchy(lines[1], "0::/\n") is None
