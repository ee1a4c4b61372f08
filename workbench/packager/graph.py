"""The vocabulary for writing an ONNX graph by hand: inputs, constants, nodes, outputs, all under names one chooses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import DTypeLike, NDArray
from onnx import helper, numpy_helper

__all__ = ["CONTRIB", "IR_VERSION", "OPSET", "Graph"]

CONTRIB = "com.microsoft"
OPSET = 23  # the first with Attention
IR_VERSION = 11


class Graph:
    """An ONNX graph under construction. A value bears the name of the node that makes it; a name is used once.

    Nothing here depends on hashing, time or the machine: the same calls give the same bytes.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._names: set[str] = set()
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._nodes: list[onnx.NodeProto] = []

    def input(self, name: str, dtype: DTypeLike, shape: Sequence[str | int]) -> str:
        """Declare an input; a string in `shape` is a symbolic dimension."""
        self._inputs.append(_value_info(self._claim(name), dtype, shape))
        return name

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Store an array with its own dtype as an initializer."""
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), self._claim(name)))
        return name

    def node(self, op: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any) -> str:
        """Append an operator with one output and return that output; an empty input name skips an optional input."""
        self._nodes.append(helper.make_node(op, inputs, [self._claim(name)], name=name, domain=domain, **attributes))
        return name

    def output(self, name: str, dtype: DTypeLike, shape: Sequence[str | int]) -> None:
        """Expose the value `name` as an output of the graph."""
        if name not in self._names:
            raise KeyError(f"graph {self._name!r} has no value {name!r} to expose as an output")
        self._outputs.append(_value_info(name, dtype, shape))

    def model(self) -> onnx.ModelProto:
        """The finished model, checked against the ONNX specification."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="modelet")
        onnx.checker.check_model(model)
        return model

    def _claim(self, name: str) -> str:
        if name in self._names:
            raise ValueError(f"graph {self._name!r} already has a value {name!r}")
        self._names.add(name)
        return name


def _value_info(name: str, dtype: DTypeLike, shape: Sequence[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
