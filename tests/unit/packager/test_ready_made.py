"""A ready-made ONNX file: the bytes as they are, or what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import set_external_data

from tests.tiny import NAMES
from tests.unit.packager.test_spec import DECLARED, TAGS
from workbench.packager.graph import Graph
from workbench.packager.ready_made import read_ready_made
from workbench.packager.spec import ModelSpec, PackagerError

SPEC = ModelSpec.model_validate(
    DECLARED | TAGS | {"labels": NAMES, "architecture": "onnx", "recipe": {"precision": "as-is"}}
)


def model(
    columns: int | str = len(NAMES), inputs: tuple[str, ...] = ("input_ids", "attention_mask")
) -> onnx.ModelProto:
    """A table of logits by token id."""
    graph = Graph("lookup")
    for name in inputs:
        graph.input(name, np.int64, ["batch", "sequence"])
    graph.node("Gather", [graph.constant("table", np.ones((8, len(NAMES)), np.float32)), inputs[0]], "logits")
    graph.output("logits", np.float32, ["batch", "sequence", columns])
    return graph.model()


def external() -> onnx.ModelProto:
    apart = model()
    set_external_data(apart.graph.initializer[0], "weights.bin")
    apart.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    return apart


def invalid() -> onnx.ModelProto:
    broken = model()
    broken.graph.node[0].input[0] = "nothing"
    return broken


@pytest.mark.parametrize("columns", [3, "labels"])
def test_the_bytes_are_taken(tmp_path: Path, columns: int | str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(model(columns).SerializeToString())
    assert read_ready_made(path, SPEC) == path.read_bytes()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (external, r"keeps 1 tensors in another file \(table, \.\.\.\)"),
        (invalid, "nothing"),
        (lambda: model(inputs=("input_ids", "pixels")), "takes input_ids, pixels; must be input_ids and at most"),
        (lambda: model(inputs=("attention_mask",)), "takes attention_mask; must be input_ids"),
        (lambda: model(columns=5), "output logits has 5 columns, but model.toml declares 3 labels"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, make: Callable[[], onnx.ModelProto], told: str) -> None:
    (tmp_path / "aside").write_bytes(make().SerializeToString())
    with pytest.raises(PackagerError, match=rf"source\.files\.weights: file: (.|\n)*{told}"):
        read_ready_made(tmp_path / "aside", SPEC)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aside").write_bytes(b"\xffhello")
    with pytest.raises(PackagerError, match=r"source\.files\.weights: file: "):
        read_ready_made(tmp_path / "aside", SPEC)
