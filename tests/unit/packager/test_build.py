"""The files of a model: large constants in their own, which belongs to the bundle as much as the graph."""

from pathlib import Path

import pytest

from modelet.bundle import Bundle, sha256_of
from modelet.errors import BundleError
from tests.tiny import rewrite_manifest, write_bundle
from tests.unit.packager.reference import CONFIG, checkpoint
from workbench.packager import build, encoder
from workbench.packager.bert import BERT
from workbench.packager.layers import Fp32
from workbench.packager.package import open_bundle


@pytest.fixture
def mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny bundle, its constants of 512 bytes and more in a file of their own."""
    monkeypatch.setattr(build, "MAPPED_FROM", 512)
    folder = write_bundle(tmp_path / "mapped" / "model").folder
    for name, content in build._serialize(encoder.build(BERT, checkpoint(), CONFIG, "embedding", Fp32())).items():
        (folder / name).write_bytes(content)
    names = ("model.onnx", build.DATA_FILE, "tokenizer.json")
    rewrite_manifest(folder, files={name: sha256_of(folder / name) for name in names})
    return folder


def test_large_constants_are_mapped(mapped: Path, tmp_path: Path) -> None:
    whole = write_bundle(tmp_path / "whole" / "model")
    assert (mapped / "model.onnx").stat().st_size < whole.model.stat().st_size
    [expected] = open_bundle(whole).predict(["a bad cab"])
    [answer] = open_bundle(Bundle.load(mapped)).predict(["a bad cab"])
    assert answer.vector.tobytes() == expected.vector.tobytes()


def test_a_small_model_is_one_file() -> None:
    assert list(build._serialize(encoder.build(BERT, checkpoint(), CONFIG, "embedding", Fp32()))) == ["model.onnx"]


def test_damaged_constants_are_refused(mapped: Path) -> None:
    with (mapped / build.DATA_FILE).open("r+b") as file:
        file.write(b"damaged")
    with pytest.raises(BundleError, match=r"model\.onnx\.data is damaged or swapped"):
        Bundle.load(mapped)
