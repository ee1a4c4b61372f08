"""Two functions, one bundle: who owns it, and the copies."""

from pathlib import Path

import pytest

from modelet.errors import BundleError
from tests.tiny import write_bundle
from workbench.packager.sharing import bring_copy, owner_of, owners_first
from workbench.packager.spec import ModelSpec, PackagerError


def declare(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "model.toml").write_text(content)
    return folder


@pytest.fixture
def owner(tmp_path: Path) -> Path:
    return declare(tmp_path / "owner", 'name = "tiny"\n')


def test_the_owner_is_the_one_in_same_as(owner: Path, tmp_path: Path) -> None:
    other = declare(tmp_path / "other", 'same_as = "owner"\n')
    assert (owner_of(owner), owner_of(other)) == (owner, owner)
    with pytest.raises(PackagerError, match=r"other/model\.toml: the model is that of owner; name that function"):
        ModelSpec.load(other)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('same_as = "nobody"', "same_as: nobody is no other function with a model of its own"),
        ('same_as = "other"', "same_as: other is no other function"),
        ('same_as = "third"', "same_as: third is no other function"),
        ('same_as = "../owner"', "same_as: String should match"),
        ('same_as = "owner"\nname = "tiny"', "name: Extra inputs are not permitted"),
    ],
)
def test_an_owner_that_cannot_be_is_told(owner: Path, tmp_path: Path, content: str, told: str) -> None:
    declare(tmp_path / "third", 'same_as = "owner"')
    with pytest.raises(PackagerError, match=rf"other/model\.toml: {told}"):
        owner_of(declare(tmp_path / "other", content))


def test_owners_come_first(owner: Path, tmp_path: Path) -> None:
    first = declare(tmp_path / "a", 'same_as = "owner"\n')
    second = declare(tmp_path / "b", 'companions = ["owner"]\n')
    assert owners_first([first, second, owner]) == [owner, first, second]


def test_a_copy_is_the_same_bundle_and_made_once(tmp_path: Path) -> None:
    source, target = write_bundle(tmp_path / "owner" / "model").folder, tmp_path / "other" / "model"
    assert [bring_copy(source, target, force=False) for _ in range(2)] == [True, False]
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }
    (target / "model.onnx").write_bytes(b"damaged")
    assert bring_copy(source, target, force=False)
    assert bring_copy(source, target, force=True)
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_a_damaged_bundle_is_not_copied(tmp_path: Path) -> None:
    source = write_bundle(tmp_path / "owner" / "model").folder
    (source / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(BundleError, match="damaged or swapped"):
        bring_copy(source, tmp_path / "other" / "model", force=True)
    assert not (tmp_path / "other" / "model").exists()
