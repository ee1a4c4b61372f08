"""Adapters: merged exactly, written deterministically, refused by tensor and file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.packager.reference import checkpoint
from workbench.packager.adapter import difference, low_rank, merge, read_adapter, replacement, write_adapter
from workbench.packager.spec import PackagerError

BACKBONE = "a" * 64
QUERY = "encoder.layer.0.attention.self.query"
OUT, IN, RANK = 32, 32, 4


def halves(*shape: int, seed: int = 0, scale: float = 0.1) -> NDArray[np.float16]:
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(np.float16)


def test_a_low_rank_change_is_added_exactly_whatever_the_order() -> None:
    a, b, weights = halves(RANK, IN), halves(OUT, RANK, seed=1), checkpoint()
    merged = merge(weights, low_rank(QUERY, a, b))
    integers = (b.astype(np.float64) * 2**24).astype(object) @ (a.astype(np.float64) * 2**24).astype(object)
    exact = np.array([[int(value) / 2**48 for value in row] for row in integers])
    assert (merged[f"{QUERY}.weight"] == (weights[f"{QUERY}.weight"] + exact).astype(np.float32)).all()
    assert (merged[f"{QUERY}.bias"] == weights[f"{QUERY}.bias"]).all()


def test_a_difference_is_kept_within_half_a_step_of_its_row() -> None:
    change, weights = np.random.default_rng(0).standard_normal((OUT, IN)) * 1e-4, checkpoint()
    change[0] = 0
    change[1] = 1e-9  # less than fp16 can scale
    tensors = difference(f"{QUERY}.weight", change)
    assert tensors[f"{QUERY}.weight.delta"].dtype == np.int8
    added = merge({name: np.zeros_like(value) for name, value in weights.items()}, tensors)[f"{QUERY}.weight"]
    steps = np.maximum(np.abs(change).max(axis=1, keepdims=True) / 127, 2.0**-24)
    assert (np.abs(added - change) <= steps * 0.6).all()
    assert (added[0] == 0).all()


def test_a_head_is_added_or_takes_the_place_of_another() -> None:
    weights = checkpoint()
    head = replacement("classifier.weight", np.ones((7, OUT))) | replacement("new.weight", np.ones(3))
    merged = merge(weights, head | replacement("embeddings.LayerNorm.bias", np.full(OUT, 0.5)))
    assert merged["classifier.weight"].shape == (7, OUT)
    assert merged["new.weight"].dtype == np.float32
    assert (merged["embeddings.LayerNorm.bias"] == 0.5).all()


def test_the_same_tensors_are_the_same_bytes(tmp_path: Path) -> None:
    tensors = low_rank(QUERY, halves(RANK, IN), halves(OUT, RANK)) | difference("x.weight", halves(3, 5))
    write_adapter(tmp_path / "one", tensors, BACKBONE)
    write_adapter(tmp_path / "other", dict(reversed(tensors.items())), BACKBONE)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    read = read_adapter(tmp_path / "one", BACKBONE)
    assert read.keys() == tensors.keys()
    assert all((read[name] == value).all() and read[name].dtype == value.dtype for name, value in tensors.items())


def test_another_backbone_is_refused_with_the_file(tmp_path: Path) -> None:
    write_adapter(tmp_path / "adapter", low_rank(QUERY, halves(RANK, IN), halves(OUT, RANK)), BACKBONE)
    with pytest.raises(
        PackagerError, match=rf"{tmp_path}/adapter was trained on .* a{{64}}, but model.toml pins b{{64}}"
    ):
        read_adapter(tmp_path / "adapter", "b" * 64)


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_no_adapter_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "adapter").write_bytes(content)
    with pytest.raises(PackagerError, match=r"adapter is (no safetensors file|not an adapter)"):
        read_adapter(tmp_path / "adapter", BACKBONE)


LORA: dict[str, NDArray[Any]] = dict(low_rank(QUERY, halves(RANK, IN), halves(OUT, RANK)))


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        (low_rank("encoder.layer.9.x", halves(2, 3), halves(3, 2)), "encoder.layer.9.x.weight, which the backbone"),
        (low_rank(QUERY, halves(RANK, 5), halves(OUT, RANK)), rf"{QUERY}.lora_A makes a change \(32, 5\)"),
        (low_rank(QUERY, halves(RANK, IN), halves(OUT, 3)), rf"{QUERY}: lora_A \(4, 32\) and lora_B \(32, 3\)"),
        (low_rank(QUERY, halves(RANK, IN, scale=4), halves(OUT, RANK, scale=4)), f"{QUERY}: sums .* could pass 32"),
        ({f"{QUERY}.lora_A": halves(RANK, IN)}, f"{QUERY}.lora_B is missing"),
        ({f"{QUERY}.lora_B": halves(OUT, RANK)}, f"{QUERY}.lora_A is missing"),
        ({f"{QUERY}.weight.scale": halves(OUT, 1)}, f"{QUERY}.weight.delta is missing"),
        (LORA | {f"{QUERY}.lora_A": np.ones((RANK, IN), np.float32)}, "lora_A is float32; it must be float16"),
        (LORA | {f"{QUERY}.lora_A": halves(RANK, IN) * np.float16(np.nan)}, "lora_A has values that are not finite"),
        (replacement("embeddings.LayerNorm.bias", np.ones(3)), r"embeddings.LayerNorm.bias \(3,\) replaces"),
        (replacement("encoder.layer.7.bias", np.ones(3)), "encoder.layer.7.bias .* missing there"),
    ],
)
def test_what_does_not_fit_is_told_by_its_tensor(tensors: dict[str, NDArray[Any]], told: str) -> None:
    with pytest.raises(PackagerError, match=told):
        merge(checkpoint(), tensors)


def test_what_fp16_cannot_hold_is_told_when_written() -> None:
    with pytest.raises(PackagerError, match=r"classifier.weight reaches 1e\+06"):
        replacement("classifier.weight", np.array([1e6]))
