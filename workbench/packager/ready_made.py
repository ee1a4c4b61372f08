"""A ready-made ONNX file: taken byte for byte, once it is one that the runtime can serve."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from workbench.packager.spec import ModelSpec, PackagerError

__all__ = ["read_ready_made"]

REQUIRED, TYPES = "input_ids", "token_type_ids"
KNOWN = {REQUIRED, "attention_mask", TYPES}


def read_ready_made(path: Path, spec: ModelSpec) -> bytes:
    """The bytes of the model at `path`. Raises PackagerError naming the file and what is wrong with it."""
    content = path.read_bytes()
    try:
        model = onnx.load_model_from_string(content)
        _check(model, spec)
    except (DecodeError, onnx.checker.ValidationError, ValueError) as error:
        name = spec.source.files["weights"].path
        raise PackagerError(f"model.toml: source.files.weights: {name}: {error}") from error
    return content


def _check(model: onnx.ModelProto, spec: ModelSpec) -> None:
    graph = model.graph
    if outside := [tensor.name for tensor in graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]:
        raise ValueError(f"keeps {len(outside)} tensors in another file ({outside[0]}, ...); one file must hold all")
    onnx.checker.check_model(model)
    inputs = {value.name for value in graph.input} - {tensor.name for tensor in graph.initializer}
    if REQUIRED not in inputs or inputs - KNOWN:
        raise ValueError(f"takes {', '.join(sorted(inputs))}; must be {REQUIRED} and at most {', '.join(KNOWN)}")
    if spec.reads_pairs and TYPES in inputs:
        raise ValueError(f"takes {TYPES}, which are 0 at run time, also for the second text: build it from safetensors")
    if spec.labels:
        _check_columns(graph.output[0], len(spec.labels))


def _check_columns(output: onnx.ValueInfoProto, labels: int) -> None:
    """A symbolic dimension passes: the gate looks at the answers themselves."""
    dimensions = output.type.tensor_type.shape.dim
    if dimensions and dimensions[-1].HasField("dim_value") and dimensions[-1].dim_value != labels:
        columns = dimensions[-1].dim_value
        raise ValueError(f"output {output.name} has {columns} columns, but model.toml declares {labels} labels")
