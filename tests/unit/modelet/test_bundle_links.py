"""A bundle holds its own bytes: a link, even to the right ones, is refused."""

from pathlib import Path

import pytest

from modelet.bundle import Bundle
from modelet.errors import BundleError
from tests.tiny import write_bundle


def test_a_linked_file_is_refused(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "model")
    bundle.tokenizer.rename(tmp_path / "tokenizer.json")
    bundle.tokenizer.symlink_to(tmp_path / "tokenizer.json")
    with pytest.raises(BundleError, match=r"tokenizer\.json is a symbolic link"):
        Bundle.load(bundle.folder)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "model")
    (bundle.folder / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(BundleError, match="elsewhere is a symbolic link"):
        Bundle.load(bundle.folder)


def test_the_bundle_itself_may_be_linked(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "model")
    (tmp_path / "current").symlink_to(bundle.folder)
    assert Bundle.load(tmp_path / "current").manifest == bundle.manifest
