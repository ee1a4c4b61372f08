"""From fetched files to the files of a model, at the precision that the recipe asks for."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import onnx
from onnx.external_data_helper import set_external_data

from modelet.bundle import sha256_of
from modelet.manifest import MODEL_FILE
from modelet.tokenizer import TextTokenizer
from workbench.packager import encoder
from workbench.packager.adapter import ADAPTER_FILE, merge, read_adapter
from workbench.packager.architecture import Architecture
from workbench.packager.bert import BERT
from workbench.packager.calibrate import Statistics
from workbench.packager.checkpoint import Weights, read_weights
from workbench.packager.distilbert import DISTILBERT
from workbench.packager.fasttext_graph import read_fasttext
from workbench.packager.layers import Fp32, Recipe
from workbench.packager.mpnet import MPNET
from workbench.packager.pairs import separator_of
from workbench.packager.quantize import Int8Recipe
from workbench.packager.ready_made import read_ready_made
from workbench.packager.roberta import ROBERTA
from workbench.packager.spec import ModelSpec, PackagerError, Role

__all__ = [
    "ARCHITECTURES",
    "DATA_FILE",
    "Contents",
    "adapter_of",
    "build_fp32",
    "build_model",
    "graph_builder",
    "weights_sha256",
]

DATA_FILE = "model.onnx.data"
MAPPED_FROM = 64 << 10  # bytes; onnxruntime wants small constants, such as a Slice's bounds, in the graph
PAGE = 4096

Files = Mapping[Role, Path]
Contents = Mapping[str, bytes]  # of a bundle's files, by name

ARCHITECTURES: Mapping[str, Architecture] = {one.name: one for one in (BERT, DISTILBERT, ROBERTA, MPNET)}


def graph_builder(spec: ModelSpec, files: Files, folder: Path) -> Callable[[Recipe], onnx.ModelProto]:
    """What makes this model's graph from a recipe; `folder` is the function's.

    Raises PackagerError for an architecture without a builder, or an adapter that does not fit.
    """
    if spec.architecture not in ARCHITECTURES:
        raise PackagerError(
            f"model.toml: architecture {spec.architecture!r} has no graph builder (there are "
            f'{", ".join(ARCHITECTURES)}); take architecture = "export" and precision = "fp32", '
            "and pip install -e '.[export]'"
        )
    architecture, config = ARCHITECTURES[spec.architecture], json.loads(files["config"].read_text(encoding="utf-8"))
    if spec.limits.max_tokens > (positions := architecture.positions(config)):
        raise PackagerError(f"model.toml: limits.max_tokens = {spec.limits.max_tokens}, but the model has {positions}")
    return partial(
        encoder.build,
        architecture,
        _merged(spec, files, folder),
        config,
        str(spec.head),  # never None here: ModelSpec sees to it
        separator=_separator(spec, files),
    )


def _separator(spec: ModelSpec, files: Files) -> int | None:
    return separator_of(TextTokenizer(files["tokenizer"])) if spec.reads_pairs else None


def _merged(spec: ModelSpec, files: Files, folder: Path) -> Weights:
    weights, path = read_weights(files["weights"]), adapter_of(spec, folder)
    if path is None:
        return weights
    adapter = read_adapter(path, spec.source.files["weights"].sha256)
    try:
        return merge(weights, adapter)
    except PackagerError as error:
        raise PackagerError(f"{path}: {error}") from None


def adapter_of(spec: ModelSpec, folder: Path) -> Path | None:
    """The adapter's file, if `spec` declares one. Raises PackagerError if it is not there."""
    if spec.adapter is None:
        return None
    path = folder / spec.adapter / ADAPTER_FILE
    if not path.is_file():
        raise PackagerError(f"{path} does not exist; run: modelet train {folder.name}")
    return path


def weights_sha256(spec: ModelSpec, folder: Path) -> str:
    """What tells these weights from all others: the sha256 of the file, or of its and the adapter's."""
    weights, path = spec.source.files["weights"].sha256, adapter_of(spec, folder)
    return weights if path is None else hashlib.sha256(f"{weights} {sha256_of(path)}".encode()).hexdigest()


def build_model(spec: ModelSpec, files: Files, folder: Path) -> Contents:
    """The model as `spec` declares it: a pure function of the files and of adapter and calibration in `folder`."""
    match spec.recipe.precision:
        case "as-is" if spec.architecture == "fasttext":
            return read_fasttext(files["weights"], spec.labels)
        case "as-is":
            return {MODEL_FILE: read_ready_made(files["weights"], spec)}
        case "fp32":
            return build_fp32(spec, files, folder)
        case "int8":
            calibration = folder / (spec.recipe.calibration or "")
            statistics = Statistics.load(calibration, weights_sha256(spec, folder))
            recipe = Int8Recipe(statistics, spec.recipe.bits, spec.recipe.outliers)
            return _serialize(graph_builder(spec, files, folder)(recipe))


def build_fp32(spec: ModelSpec, files: Files, folder: Path) -> Contents:
    """The reference: the same graph in single precision."""
    if spec.architecture == "export":
        from workbench.packager.export import export  # its extra need not be there

        return _serialize(export(files["weights"], files["config"], str(spec.head), _separator(spec, files)))
    return _serialize(graph_builder(spec, files, folder)(Fp32()))


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
