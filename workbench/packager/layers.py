"""What encoders are made of, and how an architecture asks for it without knowing the precision it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from workbench.packager.arithmetic import Array
from workbench.packager.graph import Graph

__all__ = [
    "Activation",
    "Array",
    "Fp32",
    "Linear",
    "Norm",
    "Recipe",
    "Site",
    "Stream",
    "activate",
    "layer_norm",
    "linear",
]


@dataclass(frozen=True)
class Linear:
    """`x @ weight + bias`: weight [inputs, outputs] (torch's transposed), bias [outputs]."""

    name: str
    weight: Array
    bias: Array


@dataclass(frozen=True)
class Norm:
    """Layer normalisation over the last axis: gain and bias [hidden]."""

    name: str
    gain: Array
    bias: Array
    epsilon: float


@dataclass(frozen=True)
class Site:
    """The linears that read one activation: what is calibrated and quantized together."""

    name: str
    linears: tuple[Linear, ...]


class Activation(NamedTuple):
    """An element-wise operator of ONNX with its attributes."""

    op: str
    attributes: Mapping[str, Any]


class Stream(NamedTuple):
    """A normalised activation: `value` is what the next site reads, `residual` what skips over it.

    They differ when a recipe divides the former by `divisor` [hidden] and multiplies the site's weights by it.
    """

    value: str
    residual: str
    divisor: Array | None = None


class Recipe(Protocol):
    """How the parts that hold nearly all weights become nodes. `Fp32` is the plain translation."""

    def lookup(self, graph: Graph, name: str, table: Array, ids: str) -> str:
        """Rows of `table` [entries, hidden]: ids [batch, sequence] -> [batch, sequence, hidden]."""

    def normalize(self, graph: Graph, x: str, norm: Norm, feeds: Site | None) -> Stream:
        """Layer normalisation of `x`, made for the site that it feeds."""

    def project(self, graph: Graph, x: Stream, site: Site) -> list[str]:
        """One output for each linear of `site`."""

    def feed_forward(self, graph: Graph, x: Stream, up: Site, activation: Activation, down: Site) -> str:
        """`down(activation(up(x)))`, the hidden neurons being free to move."""


class Fp32:
    """Weights and arithmetic in single precision."""

    def lookup(self, graph: Graph, name: str, table: Array, ids: str) -> str:
        return graph.node("Gather", [graph.constant(f"{name}.weight", table), ids], name)

    def normalize(self, graph: Graph, x: str, norm: Norm, feeds: Site | None) -> Stream:
        value = layer_norm(graph, x, norm)
        return Stream(value, value)

    def project(self, graph: Graph, x: Stream, site: Site) -> list[str]:
        return [linear(graph, x.value, part) for part in site.linears]

    def feed_forward(self, graph: Graph, x: Stream, up: Site, activation: Activation, down: Site) -> str:
        [hidden] = self.project(graph, x, up)
        hidden = activate(graph, hidden, activation, up.name)
        [y] = self.project(graph, Stream(hidden, hidden), down)
        return y


def linear(graph: Graph, x: str, part: Linear) -> str:
    """`part` in single precision."""
    product = graph.node("MatMul", [x, graph.constant(f"{part.name}.weight", part.weight)], f"{part.name}.product")
    return graph.node("Add", [product, graph.constant(f"{part.name}.bias", part.bias)], part.name)


def layer_norm(graph: Graph, x: str, norm: Norm) -> str:
    """`norm` in single precision."""
    gain, bias = graph.constant(f"{norm.name}.weight", norm.gain), graph.constant(f"{norm.name}.bias", norm.bias)
    return graph.node("LayerNormalization", [x, gain, bias], norm.name, axis=-1, epsilon=norm.epsilon)


def activate(graph: Graph, x: str, activation: Activation, name: str) -> str:
    """`activation` on every element of `x`."""
    return graph.node(activation.op, [x], f"{name}.{activation.op}", **activation.attributes)
