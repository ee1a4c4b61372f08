"""The graph vocabulary: names, bytes, and that what it writes runs."""

import numpy as np
import onnxruntime as ort
import pytest

from workbench.packager.graph import IR_VERSION, OPSET, Graph


def doubling() -> Graph:
    graph = Graph("doubling")
    graph.input("x", np.float32, ["rows", 2])
    graph.node("Mul", ["x", graph.constant("two", np.float32(2))], "y")
    graph.output("y", np.float32, ["rows", 2])
    return graph


def test_a_graph_runs() -> None:
    model = doubling().model()
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    [y] = session.run(["y"], {"x": np.ones((3, 2), np.float32)})
    assert y.tolist() == [[2.0, 2.0]] * 3
    assert (model.ir_version, model.opset_import[0].version) == (IR_VERSION, OPSET)


def test_the_same_calls_give_the_same_bytes() -> None:
    assert doubling().model().SerializeToString() == doubling().model().SerializeToString()


def test_constants_keep_dtype_shape_and_logical_order() -> None:
    graph = doubling()
    graph.constant("transposed", np.arange(6, dtype=np.int8).reshape(2, 3).T)
    stored = next(tensor for tensor in graph.model().graph.initializer if tensor.name == "transposed")
    assert list(stored.dims) == [3, 2]
    assert stored.raw_data == bytes([0, 3, 1, 4, 2, 5])


@pytest.mark.parametrize("taken", ["x", "two", "y"])
def test_a_name_is_used_once(taken: str) -> None:
    with pytest.raises(ValueError, match=f"graph 'doubling' already has a value '{taken}'"):
        doubling().constant(taken, np.float32(0))


def test_an_output_must_exist() -> None:
    with pytest.raises(KeyError, match="no value 'z' to expose"):
        doubling().output("z", np.float32, [1])
