"""Which locks there are and what they pin; resolving them is in tests/integration/test_build.py."""

from pathlib import Path

from workbench.build.lock import locks, names


def test_a_function_with_requirements_has_a_lock_beside_them(tmp_path: Path) -> None:
    for function in ("one", "two"):
        (tmp_path / "functions" / function).mkdir(parents=True)
    (tmp_path / "functions/two/requirements.in").write_text("idna>=3\n")
    assert [lock.path.as_posix() for lock in locks(tmp_path)] == [
        "shared/requirements.txt",
        "shared/requirements-server.txt",
        "functions/two/requirements.txt",
    ]


def test_names_are_those_that_a_lock_pins(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "# idna==1\nidna==3.20 \\\n    --hash=sha256:00\n    # via anyio\nruamel.yaml==1 ; os_name == 'nt'\n"
    )
    assert names(lock) == ["idna", "ruamel.yaml"]
