"""What a model's activations reach on sample texts: the only thing that quantization needs besides the weights."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import onnx
import onnxruntime as ort

from workbench.packager.graph import Graph
from workbench.packager.layers import Array, Fp32, Site, Stream

__all__ = ["CalibrationError", "Range", "Statistics", "collect", "open_graph"]

VERSION = 1
DIGITS = 3  # significant ones in the file


class CalibrationError(ValueError):
    """The statistics' file is of another format or was made from other weights."""


class Range(NamedTuple):
    """The least and the greatest value that each channel of a site's input took: two arrays [channels]."""

    low: Array
    high: Array


@dataclass(frozen=True)
class Statistics:
    """The range of every site, and the sha256 of the weights and texts that they come from."""

    ranges: Mapping[str, Range]
    weights: str
    texts: str

    def save(self, path: Path) -> None:
        """Write JSON with one line for each bound of a site, so that a change shows as such in a diff."""
        header = {"version": VERSION, "weights": self.weights, "texts": self.texts}
        lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()]
        for site, bounds in self.ranges.items():
            lines += [f' "{site}.{side}": [{_numbers(bound)}]' for side, bound in bounds._asdict().items()]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path, weights: str) -> Self:
        """Read what `save` wrote; raises `CalibrationError` unless it is for `weights` (a sha256)."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CalibrationError(f"{path} is not JSON ({error}); run `modelet calibrate`") from error
        for key, expected in {"version": VERSION, "weights": weights}.items():
            if (found := fields.pop(key, None)) != expected:
                raise CalibrationError(f"{path}: made for {key} {found}, not {expected}; run `modelet calibrate`")
        texts = fields.pop("texts")
        arrays = {key: np.array(values, np.float32) for key, values in fields.items()}
        sites = dict.fromkeys(key.rpartition(".")[0] for key in arrays)
        return cls({site: Range(arrays[f"{site}.low"], arrays[f"{site}.high"]) for site in sites}, weights, texts)


def _numbers(values: Array) -> str:
    return ", ".join(f"{value:.{DIGITS}g}" for value in values.tolist())


class _Tapped(Fp32):
    """Single precision, with each site's range per channel among the graph's outputs."""

    def __init__(self) -> None:
        self.sites: list[str] = []

    def project(self, graph: Graph, x: Stream, site: Site) -> list[str]:
        axes = graph.constant(f"{site.name}.axes", np.array([0, 1], np.int64))
        for op, side in (("ReduceMin", "low"), ("ReduceMax", "high")):
            name = graph.node(op, [x.value, axes], f"{site.name}.{side}", keepdims=0)
            graph.output(name, np.float32, [len(site.linears[0].weight)])
        self.sites.append(site.name)
        return super().project(graph, x, site)


def collect(
    build: Callable[[Fp32], onnx.ModelProto],
    sequences: Iterable[Sequence[int]],
    *,
    weights: str,
    texts: str,
    progress: Callable[[], None] = lambda: None,
) -> Statistics:
    """Run `sequences` of token ids one by one through the single-precision model that `build` makes with a recipe.

    `weights` and `texts` are the sha256 to record; `progress` is called after each sequence.
    """
    recipe = _Tapped()
    session = open_graph(build(recipe))
    lows, highs = ([f"{site}.{side}" for site in recipe.sites] for side in Range._fields)
    least, greatest = None, None
    for ids in sequences:
        found = session.run(lows + highs, {"input_ids": np.array([ids], np.int64)})
        low, high = found[: len(lows)], found[len(lows) :]
        least = low if least is None else list(map(np.minimum, least, low))
        greatest = high if greatest is None else list(map(np.maximum, greatest, high))
        progress()
    if least is None or greatest is None:
        raise ValueError("calibration needs at least one text")
    return Statistics(dict(zip(recipe.sites, map(Range, least, greatest), strict=True)), weights, texts)


def open_graph(model: onnx.ModelProto, threads: int = 0) -> ort.InferenceSession:
    """A session of the graph as it is, on so many threads, 0 for all cores."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
