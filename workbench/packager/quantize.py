"""Static int8: u8 activations with one scale a site, s8 weights with one scale an output channel, and two remedies.

SmoothQuant (https://arxiv.org/abs/2211.10438) moves the outlier channels of a normalised activation into the weights;
the few hidden neurons that reach furthest stay in single precision, as in LLM.int8() (https://arxiv.org/abs/2208.07339).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import onnx

from workbench.packager.arithmetic import activation_scale, quantize_columns, quantize_rows, smoothing_divisor
from workbench.packager.calibrate import CalibrationError, Range, Statistics
from workbench.packager.graph import CONTRIB, Graph
from workbench.packager.layers import Activation, Array, Fp32, Linear, Norm, Site, Stream, activate, layer_norm, linear

__all__ = ["FLOAT", "Int8Recipe"]

FLOAT = 32  # the bits of a site that stays in single precision
BITS = (*range(2, 9), FLOAT)


class _Activation(NamedTuple):
    """A u8 activation in the graph: the names of its codes, scale and zero point."""

    codes: str
    scale: str
    zero: str


@dataclass(frozen=True)
class Int8Recipe(Fp32):
    """Static int8 from calibration statistics.

    `bits` overrides the 8 bits of weights for a site ("layer.3.down") or a kind of site ("down"); 32 leaves it in
    single precision. `outliers` neurons of every feed-forward block stay in single precision.
    """

    statistics: Statistics
    bits: Mapping[str, int] = field(default_factory=dict)
    outliers: int = 16

    def __post_init__(self) -> None:
        known = {key for site in self.statistics.ranges for key in (site, _kind(site))}
        for key, bits in self.bits.items():
            if key not in known:
                raise ValueError(f"recipe.bits: there is no site {key!r}; the kinds are {_kinds(known)}")
            if bits not in BITS:
                raise ValueError(f"recipe.bits: {key} = {bits} is none of {', '.join(map(str, BITS))}")
        if self.outliers < 0:
            raise ValueError(f"recipe.outliers: {self.outliers} is negative")

    def lookup(self, graph: Graph, name: str, table: Array, ids: str) -> str:
        rows = quantize_rows(table)
        codes = graph.node("Gather", [graph.constant(f"{name}.weight", rows.values), ids], f"{name}.codes")
        scales = graph.node("Gather", [graph.constant(f"{name}.scale", rows.scales), ids], f"{name}.scales")
        values = graph.node("Cast", [codes], f"{name}.values", to=onnx.TensorProto.FLOAT)
        return graph.node("Mul", [values, scales], name)

    def normalize(self, graph: Graph, x: str, norm: Norm, feeds: Site | None) -> Stream:
        if feeds is None or self._bits(feeds) == FLOAT:
            return super().normalize(graph, x, norm, feeds)
        low, high = self._range(feeds)
        weight = np.max([np.abs(part.weight).max(axis=1) for part in feeds.linears], axis=0)
        divisor = smoothing_divisor(np.maximum(-low, high), weight)
        value = layer_norm(graph, x, Norm(norm.name, norm.gain / divisor, norm.bias / divisor, norm.epsilon))
        factor = graph.constant(f"{norm.name}.divisor", divisor)
        return Stream(value, graph.node("Mul", [value, factor], f"{norm.name}.residual"), divisor)

    def project(self, graph: Graph, x: Stream, site: Site) -> list[str]:
        bits = self._bits(site)
        parts = [_multiply_rows(part, x.divisor) for part in site.linears]
        if bits == FLOAT:
            return [linear(graph, x.value, part) for part in parts]
        activation = _quantize(graph, x, site.name, self._range(site))
        return [_integer(graph, activation, part, bits) for part in parts]

    def feed_forward(self, graph: Graph, x: Stream, up: Site, activation: Activation, down: Site) -> str:
        if self._bits(down) == FLOAT or not self.outliers:
            return super().feed_forward(graph, x, up, activation, down)
        low, high = self._range(down)
        order = np.argsort(high, kind="stable")  # the neurons that reach furthest come last
        kept, moved = order[: -self.outliers], order[-self.outliers :]
        [expand], [contract] = up.linears, down.linears
        expand = Linear(expand.name, expand.weight[:, order], expand.bias[order])
        [hidden] = self.project(graph, x, Site(up.name, (expand,)))
        hidden = activate(graph, hidden, activation, up.name)
        codes = _quantize(graph, Stream(hidden, hidden), down.name, Range(low[kept], high[kept]))
        weight = np.concatenate([contract.weight[kept], np.zeros_like(contract.weight[moved])])
        most = _integer(graph, codes, Linear(contract.name, weight, contract.bias), self._bits(down))
        return graph.node("Add", [most, _tail(graph, hidden, contract.weight[moved], order.size, down.name)], down.name)

    def _bits(self, site: Site) -> int:
        return self.bits.get(site.name, self.bits.get(_kind(site.name), 8))

    def _range(self, site: Site) -> Range:
        if site.name not in self.statistics.ranges:
            raise CalibrationError(f"the calibration has no site {site.name!r}; run `modelet calibrate`")
        return self.statistics.ranges[site.name]


def _kind(site: str) -> str:
    return site.rpartition(".")[2]


def _kinds(known: set[str]) -> str:
    return ", ".join(sorted(key for key in known if "." not in key))


def _multiply_rows(part: Linear, divisor: Array | None) -> Linear:
    """Undo in the weights what the activation was divided by."""
    return part if divisor is None else Linear(part.name, part.weight * divisor[:, None], part.bias)


def _quantize(graph: Graph, x: Stream, site: str, bounds: Range) -> _Activation:
    low, high = (bound if x.divisor is None else bound / x.divisor for bound in bounds)
    affine = activation_scale(float(low.min()), float(high.max()))
    scale, zero = (graph.constant(f"{site}.{key}", value) for key, value in affine._asdict().items())
    return _Activation(graph.node("QuantizeLinear", [x.value, scale, zero], f"{site}.codes"), scale, zero)


def _integer(graph: Graph, x: _Activation, part: Linear, bits: int) -> str:
    """`part` on codes: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md."""
    columns = quantize_columns(part.weight, bits)
    weight = graph.constant(f"{part.name}.weight", columns.values)
    scale = graph.constant(f"{part.name}.scale", columns.scales)
    inputs = [x.codes, weight, x.scale, scale, x.zero, "", graph.constant(f"{part.name}.bias", part.bias)]
    return graph.node("MatMulIntegerToFloat", inputs, part.name, domain=CONTRIB)


def _tail(graph: Graph, hidden: str, weight: Array, width: int, name: str) -> str:
    """The last neurons of `hidden` [batch, sequence, width] through `weight` in single precision."""
    name = f"{name}.outliers"
    bounds = {"start": width - len(weight), "end": width, "axis": 2}
    names = [graph.constant(f"{name}.{key}", np.array([value], np.int64)) for key, value in bounds.items()]
    neurons = graph.node("Slice", [hidden, *names], name)
    return graph.node("MatMul", [neurons, graph.constant(f"{name}.weight", weight)], f"{name}.product")
