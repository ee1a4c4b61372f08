"""BERT in single precision against the plain numpy forward pass, and what the builder refuses."""

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from tests.unit.packager.reference import CONFIG, checkpoint, forward
from workbench.packager import encoder
from workbench.packager.bert import BERT
from workbench.packager.checkpoint import UnsupportedModelError
from workbench.packager.heads import HEADS
from workbench.packager.layers import Fp32

IDS = np.array([[2, 7, 11, 48, 3], [2, 9, 9, 1, 3]], np.int64)


def run(model: onnx.ModelProto, ids: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input_ids": ids}), strict=True))


@pytest.mark.parametrize("head", HEADS)
def test_every_head_answers_like_the_reference(head: str) -> None:
    answers = run(encoder.build(BERT, checkpoint(), CONFIG, head, Fp32()), IDS)
    expected = forward(checkpoint(), CONFIG, IDS, head)
    assert answers.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(answers[name], value, atol=1e-5)


@pytest.mark.parametrize("head", HEADS)
def test_the_second_text_of_a_pair_has_the_second_type(head: str) -> None:
    ids = np.array([[2, 7, 3, 11, 48, 3], [2, 9, 9, 9, 3, 3]], np.int64)  # 3 stands between texts and after both
    types = np.array([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1]])
    answers = run(encoder.build(BERT, checkpoint(), CONFIG, head, Fp32(), separator=3), ids)
    for name, value in forward(checkpoint(), CONFIG, ids, head, types).items():
        np.testing.assert_allclose(answers[name], value, atol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_every_activation_answers_like_the_reference(activation: str) -> None:
    config = CONFIG | {"hidden_act": activation}
    [answer] = run(encoder.build(BERT, checkpoint(), config, "token", Fp32()), IDS).values()
    np.testing.assert_allclose(answer, forward(checkpoint(), config, IDS, "token")["logits"], atol=1e-5)


def test_a_model_declares_its_shapes() -> None:
    model = encoder.build(BERT, checkpoint(), CONFIG, "token", Fp32())
    [ids], [logits] = model.graph.input, model.graph.output
    assert ids.name == "input_ids"
    assert [d.dim_param or d.dim_value for d in ids.type.tensor_type.shape.dim] == ["batch", "sequence"]
    assert [d.dim_param or d.dim_value for d in logits.type.tensor_type.shape.dim] == ["batch", "sequence", 3]


def test_half_precision_checkpoints_are_read() -> None:
    halves = {name: value.astype(np.float16) for name, value in checkpoint().items()}
    widened = {name: value.astype(np.float32) for name, value in halves.items()}
    first, second = (encoder.build(BERT, weights, CONFIG, "embedding", Fp32()) for weights in (halves, widened))
    assert first.SerializeToString() == second.SerializeToString()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model_type", "roberta"),
        ("hidden_act", "silu"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
        ("add_cross_attention", True),
    ],
)
def test_other_architectures_are_refused_by_key(key: str, value: Any) -> None:
    with pytest.raises(UnsupportedModelError, match=rf"{key} = {value!r}.*-e '\.\[export\]'"):
        encoder.build(BERT, checkpoint(), CONFIG | {key: value}, "embedding", Fp32())


def test_a_config_without_sizes_is_refused() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "num_attention_heads"}
    with pytest.raises(UnsupportedModelError, match=r"config\.json lacks num_attention_heads"):
        encoder.build(BERT, checkpoint(), config, "embedding", Fp32())


def test_an_unknown_head_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="head 'mask' is none of embedding, sequence"):
        encoder.build(BERT, checkpoint(), CONFIG, "mask", Fp32())


def test_a_missing_tensor_is_named() -> None:
    weights = checkpoint()
    del weights["classifier.bias"]
    with pytest.raises(UnsupportedModelError, match=r"no tensor 'classifier\.bias'"):
        encoder.build(BERT, weights, CONFIG, "token", Fp32())
