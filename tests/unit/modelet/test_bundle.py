"""A bundle that is missing, damaged or swapped is refused in one line: which file, and what to run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from modelet.bundle import Bundle, sha256_of
from modelet.errors import BundleError
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.embedding import EmbeddingTask
from modelet.tasks.token_classification import TokenClassificationTask
from tests.tiny import rewrite_manifest, write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "greet" / "model").folder


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _swap(folder: Path) -> None:
    model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
    model.rename(folder / "aside")
    tokenizer.rename(model)
    (folder / "aside").rename(tokenizer)


def _hide(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "code.py").touch()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda f: f.rename(f.with_name("gone")), "model/manifest.json is missing"),
        (lambda f: (f / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda f: (f / "manifest.json").write_text("{"), r"manifest.json is not a manifest \(file: Invalid JSON"),
        (lambda f: (f / "manifest.json").write_bytes(b"\xff"), "manifest.json is not a manifest"),
        (lambda f: rewrite_manifest(f, drop=["name"]), r"is not a manifest \(name: Field required\)"),
        (lambda f: rewrite_manifest(f, schema_version=2), r"is not a manifest \(schema_version: "),
        (lambda f: (f / "model.onnx").unlink(), "model.onnx is missing"),
        (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (lambda f: _flip_a_bit(f / "model.onnx"), r"model.onnx is damaged or swapped \(sha256 \w{12}, .* \w{12}\)"),
        (lambda f: _flip_a_bit(f / "tokenizer.json"), "tokenizer.json is damaged or swapped"),
        (_swap, "model.onnx is damaged or swapped"),
        (lambda f: (f / "extra.bin").touch(), "extra.bin is not declared in the manifest"),
        (_hide, "deep/code.py is not declared in the manifest"),
    ],
)
def test_what_is_wrong_and_what_to_run(folder: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(folder)
    with pytest.raises(BundleError, match=told) as caught:
        Bundle.load(folder)
    assert re.fullmatch(r"[^\n]*; run: modelet package greet --force", str(caught.value))


def test_a_whole_bundle_loads(folder: Path) -> None:
    bundle = Bundle.load(folder)
    assert bundle.manifest.id == "tiny@1.0.0"
    assert bundle.size == bundle.model.stat().st_size + bundle.tokenizer.stat().st_size


def test_a_bundle_for_another_task_is_refused(folder: Path) -> None:
    with pytest.raises(BundleError, match="holds a bundle for embedding, not for token-classification"):
        Predictor(Bundle.load(folder), TokenClassificationTask, Settings())


def test_a_bundle_without_what_its_task_reads_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    rewrite_manifest(folder, files={"model.onnx": sha256_of(folder / "model.onnx")})
    with pytest.raises(BundleError, match=r"tokenizer\.json is what embedding reads, but the manifest declares none"):
        Predictor(Bundle.load(folder), EmbeddingTask, Settings())


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_declared_file_of_another_kind_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"hello")
    rewrite_manifest(folder, files={name: sha256_of(folder / name) for name in ("model.onnx", "tokenizer.json")})
    with pytest.raises(BundleError, match=name):
        Predictor(Bundle.load(folder), EmbeddingTask, Settings())
