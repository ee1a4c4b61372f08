"""From fetched files to the files of a model, at the precision that the recipe asks for."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.external_data_helper import set_external_data
from safetensors.numpy import load_file

from modelet.manifest import MODEL_FILE
from workbench.packager import bert
from workbench.packager.calibrate import Statistics
from workbench.packager.layers import Fp32, Recipe
from workbench.packager.quantize import Int8Recipe
from workbench.packager.ready_made import read_ready_made
from workbench.packager.spec import ModelSpec, PackagerError, Role

__all__ = ["DATA_FILE", "Contents", "build_fp32", "build_model", "graph_builder"]

DATA_FILE = "model.onnx.data"
MAPPED_FROM = 64 << 10  # bytes; onnxruntime wants small constants, such as a Slice's bounds, in the graph
PAGE = 4096

Files = Mapping[Role, Path]
Contents = Mapping[str, bytes]  # of a bundle's files, by name
Builder = Callable[[Mapping[str, NDArray[np.float32]], Mapping[str, Any], str, Recipe], onnx.ModelProto]

_BUILDERS: dict[str, Builder] = {"bert": bert.build}


def graph_builder(spec: ModelSpec, files: Files) -> Callable[[Recipe], onnx.ModelProto]:
    """What makes this model's graph from a recipe. Raises PackagerError for an architecture without a builder."""
    if spec.architecture not in _BUILDERS:
        raise PackagerError(
            f"model.toml: architecture {spec.architecture!r} has no graph builder (there are {', '.join(_BUILDERS)}); "
            'take architecture = "export" and precision = "fp32", and pip install -e \'.[export]\''
        )
    build, head = _BUILDERS[spec.architecture], str(spec.head)  # never None here: ModelSpec sees to it
    weights, config = load_file(files["weights"]), json.loads(files["config"].read_text(encoding="utf-8"))
    return lambda recipe: build(weights, config, head, recipe)


def build_model(spec: ModelSpec, files: Files, folder: Path) -> Contents:
    """The model as `spec` declares it: a pure function of the files and the calibration in `folder`."""
    match spec.recipe.precision:
        case "as-is":
            return {MODEL_FILE: read_ready_made(files["weights"], spec)}
        case "fp32":
            return build_fp32(spec, files)
        case "int8":
            calibration = folder / (spec.recipe.calibration or "")
            statistics = Statistics.load(calibration, spec.source.files["weights"].sha256)
            recipe = Int8Recipe(statistics, spec.recipe.bits, spec.recipe.outliers)
            return _serialize(graph_builder(spec, files)(recipe))


def build_fp32(spec: ModelSpec, files: Files) -> Contents:
    """The reference: the same graph in single precision."""
    if spec.architecture == "export":
        from workbench.packager.export import export  # its extra need not be there

        return _serialize(export(files["weights"], files["config"], str(spec.head)))
    return _serialize(graph_builder(spec, files)(Fp32()))


def _serialize(model: onnx.ModelProto) -> Contents:
    """The graph, and its large constants in a file that onnxruntime maps into memory: loading takes half the time."""
    data = bytearray()
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) < MAPPED_FROM:
            continue
        data += bytes(-len(data) % PAGE)
        set_external_data(tensor, location=DATA_FILE, offset=len(data), length=len(tensor.raw_data))
        tensor.data_location = onnx.TensorProto.EXTERNAL
        data += tensor.raw_data
        tensor.ClearField("raw_data")
    contents = {MODEL_FILE: bytes(model.SerializeToString(deterministic=True))}
    return contents | {DATA_FILE: bytes(data)} if data else contents
