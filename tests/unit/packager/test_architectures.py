"""Every architecture that is built: BERT's weights under its names answer as BERT's reference does, in int8 too."""

from collections.abc import Callable, Mapping
from functools import partial
from math import log
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.packager.reference import CONFIG, LABELS, checkpoint, forward
from tests.unit.packager.test_bert import run
from workbench.packager import calibrate, encoder
from workbench.packager.architecture import Architecture
from workbench.packager.bert import BERT
from workbench.packager.distilbert import DISTILBERT
from workbench.packager.layers import Fp32
from workbench.packager.mpnet import MPNET, _bucket
from workbench.packager.quantize import Int8Recipe
from workbench.packager.roberta import ROBERTA

ARCHITECTURES = [BERT, DISTILBERT, ROBERTA, MPNET]
LENGTH = 24  # beyond MPNet's exact distances
IDS = np.random.default_rng(0).integers(4, CONFIG["vocab_size"], (2, LENGTH))
TYPES = "embeddings.token_type_embeddings.weight"
POSITIONS = "embeddings.position_embeddings.weight"
BY_BUCKET = np.random.default_rng(1).integers(-128, 129, (32, 4)).astype(np.float32) / 64


def renamed(architecture: Architecture) -> dict[str, NDArray[Any]]:
    """The weights of BERT's reference as `architecture` has them."""
    names = {f"{old}.": f"{new}." for old, new in zip(BERT.pooler[::2], architecture.pooler[::2], strict=True)}
    for index in range(CONFIG["num_hidden_layers"]):
        stems = [one.layer.stem.format(index) for one in (BERT, architecture)]
        for old, new in zip(BERT.layer[1:], architecture.layer[1:], strict=True):
            names[f"{stems[0]}.{old}."] = f"{stems[1]}.{new}."
    weights = {}
    for name, value in checkpoint().items():
        old = next((old for old in names if name.startswith(old)), "")
        weights[names.get(old, "") + name.removeprefix(old)] = value
    weights[POSITIONS] = np.concatenate([np.full((architecture.first_position, 32), 9e9), weights[POSITIONS]])
    if not architecture.token_types:
        del weights[TYPES]
    return weights | {"encoder.relative_attention_bias.weight": BY_BUCKET}


def config_of(architecture: Architecture) -> Mapping[str, Any]:
    sizes = {new: CONFIG[old] for old, new in zip(BERT.sizes, architecture.sizes, strict=True)}
    return {"model_type": architecture.name, "max_position_embeddings": LENGTH + architecture.first_position} | sizes


def expected(architecture: Architecture, head: str) -> dict[str, NDArray[Any]]:
    weights = checkpoint()
    if not architecture.token_types:
        weights[TYPES] = np.zeros_like(weights[TYPES])
    places = np.arange(LENGTH)
    buckets = transformers_buckets(places[np.newaxis] - places[:, np.newaxis])
    return forward(weights, CONFIG, IDS, head, bias=BY_BUCKET[buckets].transpose(2, 0, 1) if architecture.bias else 0)


def transformers_buckets(relative: NDArray[Any]) -> NDArray[np.int64]:
    """As `MPNetEncoder.relative_position_bucket` of transformers computes them, by logarithms."""
    n = np.abs(relative)
    large = 8 + (np.log(np.maximum(n, 1).astype(np.float32) / 8) / log(128 / 8) * 8).astype(np.int64)
    return np.asarray(16 * (relative > 0) + np.where(n < 8, n, np.minimum(large, 15)))


def builder(architecture: Architecture, head: str) -> Callable[..., Any]:
    return partial(encoder.build, architecture, renamed(architecture), config_of(architecture), head)


@pytest.mark.parametrize("head", ["embedding", "mean-sequence", "token", "span"])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda one: one.name)
def test_it_answers_like_the_reference(architecture: Architecture, head: str) -> None:
    weights = renamed(architecture)
    weights |= {f"classifier.{part}": checkpoint()[f"classifier.{part}"] for part in ("weight", "bias")}
    answers = run(encoder.build(architecture, weights, config_of(architecture), head, Fp32()), IDS)
    for name, value in expected(architecture, head).items():
        np.testing.assert_allclose(answers[name], value, atol=2e-5)


@pytest.mark.parametrize("architecture", [BERT, ROBERTA, MPNET], ids=lambda one: one.name)
def test_its_head_for_sequences_answers_like_the_reference(architecture: Architecture) -> None:
    answers = run(builder(architecture, "sequence")(Fp32()), IDS)
    np.testing.assert_allclose(answers["logits"], expected(architecture, "sequence")["logits"], atol=2e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda one: one.name)
def test_its_int8_stays_close_alone_and_among_others(architecture: Architecture) -> None:
    build = builder(architecture, "sequence")
    statistics = calibrate.collect(build, IDS.tolist(), weights="w", texts="t")
    quantized = build(Int8Recipe(statistics, outliers=4))
    [exact], [answer] = (run(model, IDS).values() for model in (build(Fp32()), quantized))
    assert exact.shape == (2, LABELS)
    np.testing.assert_allclose(answer, exact, atol=0.05)
    [alone] = run(quantized, IDS[1:]).values()
    np.testing.assert_array_equal(alone[0], answer[1])


@pytest.mark.parametrize("architecture", [DISTILBERT, ROBERTA, MPNET], ids=lambda one: one.name)
def test_pairs_need_no_types_where_there_are_none(architecture: Architecture) -> None:
    build = builder(architecture, "embedding")
    assert build(Fp32(), separator=3).SerializeToString() == build(Fp32()).SerializeToString()


def test_buckets_are_those_of_transformers_at_any_distance() -> None:
    distances = np.arange(-1000, 1001)
    assert [_bucket(int(distance)) for distance in distances] == transformers_buckets(distances).tolist()
