"""The int8 recipe: close to single precision, exact where it promises to be, the same bytes always."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.unit.packager.reference import CONFIG, checkpoint
from tests.unit.packager.test_arithmetic import extreme_pair_sum
from tests.unit.packager.test_bert import IDS, run
from workbench.packager import calibrate, encoder
from workbench.packager.bert import BERT
from workbench.packager.calibrate import CalibrationError, Range, Statistics
from workbench.packager.graph import Graph
from workbench.packager.heads import HEADS
from workbench.packager.layers import Activation, Fp32, Linear, Site, Stream
from workbench.packager.quantize import FLOAT, Int8Recipe


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    build = partial(encoder.build, BERT, checkpoint(), CONFIG, "embedding")
    return calibrate.collect(build, IDS.tolist(), weights="w", texts="t")


def model(recipe: Fp32, head: str = "embedding") -> onnx.ModelProto:
    return encoder.build(BERT, checkpoint(), CONFIG, head, recipe)


def operators(built: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in built.graph.node]


@pytest.mark.parametrize("outliers", [0, 4])
def test_embeddings_stay_close(statistics: Statistics, outliers: int) -> None:
    [exact] = run(model(Fp32()), IDS).values()
    [answer] = run(model(Int8Recipe(statistics, outliers=outliers)), IDS).values()
    assert np.einsum("ij,ij->i", exact, answer).min() > 0.999


@pytest.mark.parametrize("head", HEADS)
def test_every_head_stays_close(statistics: Statistics, head: str) -> None:
    exact, answer = (run(model(recipe, head), IDS) for recipe in (Fp32(), Int8Recipe(statistics, outliers=4)))
    for name in exact:
        np.testing.assert_allclose(answer[name], exact[name], atol=0.05)


def test_a_row_answers_alone_as_among_others(statistics: Statistics) -> None:
    built = model(Int8Recipe(statistics, outliers=4))
    [together] = run(built, IDS).values()
    alone = [row for ids in IDS for row in run(built, ids[None])["embedding"]]
    np.testing.assert_array_equal(together, alone)


def test_the_activation_is_quantized_once_a_site(statistics: Statistics) -> None:
    found = operators(model(Int8Recipe(statistics, outliers=4)))
    sites = len(statistics.ranges)
    assert found.count("QuantizeLinear") == sites
    assert found.count("MatMulIntegerToFloat") == sites + 2 * CONFIG["num_hidden_layers"]  # query, key, value share one


def test_no_weight_of_the_model_saturates(statistics: Statistics) -> None:
    built = model(Int8Recipe(statistics, outliers=4))
    tensors = {tensor.name: tensor for tensor in built.graph.initializer}
    weights = [node.input[1] for node in built.graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert max(extreme_pair_sum(numpy_helper.to_array(tensors[name])) for name in weights) < 2**15


def test_building_twice_gives_the_same_bytes(statistics: Statistics) -> None:
    first, second = (model(Int8Recipe(statistics)).SerializeToString() for _ in range(2))
    assert first == second


def test_all_sites_in_single_precision_are_the_plain_graph(statistics: Statistics) -> None:
    bits = dict.fromkeys(("qkv", "out", "up", "down"), FLOAT)
    found = operators(model(Int8Recipe(statistics, bits)))
    assert "QuantizeLinear" not in found
    assert found.count("MatMul") == operators(model(Fp32())).count("MatMul")


def test_a_named_site_wins_over_its_kind(statistics: Statistics) -> None:
    built = model(Int8Recipe(statistics, {"down": 7, "layer.1.down": FLOAT}, outliers=0))
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in built.graph.initializer}
    assert np.abs(tensors["encoder.layer.0.output.dense.weight"]).max() == 63
    assert tensors["encoder.layer.1.output.dense.weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bits": {"ffn": 8}}, r"recipe\.bits: there is no site 'ffn'; the kinds are down, out, qkv, up"),
        ({"bits": {"up": 16}}, r"recipe\.bits: up = 16 is none of 2, 3, 4, 5, 6, 7, 8, 32"),
        ({"outliers": -1}, r"recipe\.outliers: -1 is negative"),
    ],
)
def test_a_bad_recipe_names_its_key(statistics: Statistics, fields: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Int8Recipe(statistics, **fields)


def test_statistics_without_a_site_are_refused() -> None:
    with pytest.raises(CalibrationError, match=r"no site 'layer\.0\.qkv'"):
        model(Int8Recipe(Statistics({}, "w", "t")))


def test_integers_are_exact_and_outliers_beyond_the_codes_too() -> None:
    """Weights and neurons are integers that the codes hold, but two neurons that go to thousands."""
    generator = np.random.default_rng(5)
    neurons, outputs = 8, 3
    reach = np.array([255, 3000, 255, 255, 255, 5000, 255, 255], np.float32)
    hidden = generator.integers(0, reach.astype(int) + 1, (1, 20, neurons)).astype(np.float32)
    weight = generator.integers(-64, 65, (neurons, outputs)).astype(np.float32)
    weight[0], weight[2] = 127, -1  # a column's scale is 1
    up = Site("up", (Linear("up", np.eye(neurons, dtype=np.float32), np.zeros(neurons, np.float32)),))
    down = Site("down", (Linear("contract", weight, np.arange(outputs, dtype=np.float32)),))
    statistics = Statistics({"up": Range(-reach, reach), "down": Range(0 * reach, reach)}, "w", "t")
    graph = Graph("feed_forward")
    graph.input("input_ids", np.float32, [1, 20, neurons])
    recipe = Int8Recipe(statistics, {"up": FLOAT}, outliers=2)
    y = recipe.feed_forward(graph, Stream("input_ids", "input_ids"), up, Activation("Relu", {}), down)
    graph.output(y, np.float32, [1, 20, outputs])
    np.testing.assert_array_equal(run(graph.model(), hidden)[y], hidden @ weight + np.arange(outputs))
