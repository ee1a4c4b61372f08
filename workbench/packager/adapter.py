"""Adapters: what training adds to a backbone, small enough to be committed, merged into it when it is packaged.

An adapter is a safetensors file of fp16 and int8 tensors that names the sha256 of its backbone's file. It changes the
backbone's `<name>.weight` by a low-rank product (Hu et al., 2021, https://arxiv.org/abs/2106.09685), `<name>.lora_A`
[rank, in] and `<name>.lora_B` [out, rank] in fp16, or `<tensor>` by a difference with a scale for each row,
`<tensor>.delta` int8 [rows, columns] and `<tensor>.scale` fp16 [rows, 1]. Every other tensor, in fp16, replaces the
backbone's of its name or is added to it: a head.

Merging gives the same bytes on any machine. A product of two fp16 numbers is a multiple of 2^-48, so a float64 holds
any sum of products below 2^5 exactly, whatever the order; the weight is added to it, and that is rounded to float32.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from workbench.packager.spec import PackagerError

__all__ = ["ADAPTER_FILE", "Tensors", "difference", "low_rank", "merge", "read_adapter", "replacement", "write_adapter"]

ADAPTER_FILE = "adapter.safetensors"
FORMAT = "modelet-adapter"
SUM_LIMIT = 2.0**5
CODE_MAX = 127  # of a difference
HEADER_UNIT = 8  # bytes; the header of a safetensors file is a multiple of it
BACKBONE = ("embeddings.", "encoder.", "transformer.")  # how tensors begin that are no head's

Tensors = Mapping[str, NDArray[Any]]
Changed = dict[str, NDArray[np.float32]]


def merge(weights: Tensors, adapter: Tensors) -> Changed:
    """All tensors of the backbone, changed, and those that the adapter adds, in single precision.

    Raises PackagerError naming the tensor that does not fit.
    """
    merged: Changed = {name: np.asarray(value, np.float32) for name, value in weights.items()}
    for name in sorted(adapter):
        stem, _, kind = name.rpartition(".")
        match kind:
            case "lora_A":
                _add(merged, f"{stem}.weight", name, _product(adapter, stem))
            case "delta":
                _add(merged, stem, name, _rescaled(adapter, stem))
            case "lora_B":  # read with the other of its pair
                _tensor(adapter, f"{stem}.lora_A")
            case "scale":
                _tensor(adapter, f"{stem}.delta", np.int8)
            case _:
                _replace(merged, name, _tensor(adapter, name))
    return merged


def _product(adapter: Tensors, stem: str) -> NDArray[np.float64]:
    a, b = (_tensor(adapter, f"{stem}.{kind}").astype(np.float64) for kind in ("lora_A", "lora_B"))
    if a.ndim != 2 or b.ndim != 2 or len(a) != b.shape[1]:
        raise PackagerError(f"{stem}: lora_A {a.shape} and lora_B {b.shape} are not [rank, in] and [out, rank]")
    if a.size and b.size and (np.abs(b) @ np.abs(a)).max() >= SUM_LIMIT:
        raise PackagerError(f"{stem}: sums of lora_B @ lora_A could pass {SUM_LIMIT:g}, where they are no longer exact")
    change: NDArray[np.float64] = b @ a
    return change


def _rescaled(adapter: Tensors, stem: str) -> NDArray[np.float64]:
    codes, scales = _tensor(adapter, f"{stem}.delta", np.int8), _tensor(adapter, f"{stem}.scale")
    if codes.ndim != 2 or scales.shape != (len(codes), 1):
        raise PackagerError(f"{stem}: delta {codes.shape} and scale {scales.shape} are not [rows, columns], [rows, 1]")
    change: NDArray[np.float64] = codes.astype(np.float64) * scales.astype(np.float64)
    return change


def _tensor(adapter: Tensors, name: str, dtype: DTypeLike = np.float16) -> NDArray[Any]:
    if name not in adapter:
        raise PackagerError(f"{name} is missing; the tensor that goes with it is there")
    found = adapter[name]
    if found.dtype != dtype:
        raise PackagerError(f"{name} is {found.dtype}; it must be {np.dtype(dtype)}")
    if not np.isfinite(found).all():
        raise PackagerError(f"{name} has values that are not finite")
    return found


def _add(merged: Changed, target: str, name: str, change: NDArray[np.float64]) -> None:
    if target not in merged:
        raise PackagerError(f"{name} changes {target}, which the backbone does not have")
    if merged[target].shape != change.shape:
        raise PackagerError(f"{name} makes a change {change.shape}, but {target} is {merged[target].shape}")
    merged[target] = (merged[target] + change).astype(np.float32)


def _replace(merged: Changed, name: str, value: NDArray[Any]) -> None:
    """A head may have another shape than one that the backbone came with, nothing else may."""
    if name.startswith(BACKBONE) and (name not in merged or merged[name].shape != value.shape):
        found = merged[name].shape if name in merged else "missing"
        raise PackagerError(f"{name} {value.shape} replaces a tensor of the backbone that is {found} there")
    merged[name] = value.astype(np.float32)


def read_adapter(path: Path, backbone: str) -> Tensors:
    """The tensors of the file at `path`; `backbone` is the sha256 of the file that it was trained on.

    Raises PackagerError naming the file if it is none, or is for another backbone.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise PackagerError(f"{path} is no safetensors file: {error}") from None
    if metadata.get("format") != FORMAT:
        raise PackagerError(f"{path} is not an adapter: its metadata has no format = {FORMAT!r}; see `modelet train`")
    if (found := metadata.get("backbone")) != backbone:
        raise PackagerError(f"{path} was trained on weights with sha256 {found}, but model.toml pins {backbone}")
    return tensors


def write_adapter(path: Path, tensors: Tensors, backbone: str) -> None:
    """Write what `read_adapter` reads: the same tensors give the same bytes, whatever their order."""
    content = save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})
    start = 8 + int.from_bytes(content[:8], "little")
    # safetensors itself would write the metadata in an order that differs from process to process.
    header = {"__metadata__": {"format": FORMAT, "backbone": backbone}} | json.loads(content[8:start])
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % HEADER_UNIT)
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + content[start:])


def low_rank(name: str, a: NDArray[Any], b: NDArray[Any]) -> dict[str, NDArray[np.float16]]:
    """Tensors that add `b` [out, rank] @ `a` [rank, in], any scale folded in, to `<name>.weight`."""
    return {f"{name}.lora_A": _half(f"{name}.lora_A", a), f"{name}.lora_B": _half(f"{name}.lora_B", b)}


def difference(name: str, change: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Tensors that add `change` [rows, columns], in int8, to the tensor `name`."""
    exact = np.abs(change).max(axis=1, keepdims=True) / CODE_MAX
    scale = _half(name, exact)
    scale = np.where(scale < exact, np.nextafter(scale, np.float16(np.inf)), scale)  # so that no code passes 127
    codes = np.rint(change / np.where(scale > 0, scale, 1).astype(np.float64)).astype(np.int8)
    return {f"{name}.delta": codes, f"{name}.scale": scale}


def replacement(name: str, value: NDArray[Any]) -> dict[str, NDArray[np.float16]]:
    """A tensor that takes the place of `name`, or is added to the backbone."""
    return {name: _half(name, value)}


def _half(name: str, value: NDArray[Any]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = np.asarray(value, np.float16)
    if not np.isfinite(half).all():
        raise PackagerError(f"{name} reaches {np.abs(value).max():g}, which fp16 cannot hold")
    return half
