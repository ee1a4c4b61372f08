"""BERT in single precision against the plain numpy forward pass, and what the builder refuses."""

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from tests.unit.packager.reference import CONFIG, checkpoint, forward
from workbench.packager import bert
from workbench.packager.layers import Fp32

IDS = np.array([[2, 7, 11, 48, 3], [2, 9, 9, 1, 3]], np.int64)


def run(model: onnx.ModelProto, ids: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input_ids": ids}), strict=True))


@pytest.mark.parametrize("head", bert.HEADS)
@pytest.mark.parametrize("prefix", ["", "bert."])
def test_every_head_answers_like_the_reference(head: str, prefix: str) -> None:
    answers = run(bert.build(checkpoint(prefix), CONFIG, head, Fp32()), IDS)
    expected = forward(checkpoint(), CONFIG, IDS, head)
    assert answers.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(answers[name], value, atol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_every_activation_answers_like_the_reference(activation: str) -> None:
    config = CONFIG | {"hidden_act": activation}
    [answer] = run(bert.build(checkpoint(), config, "token", Fp32()), IDS).values()
    np.testing.assert_allclose(answer, forward(checkpoint(), config, IDS, "token")["logits"], atol=1e-5)


def test_a_model_declares_its_shapes() -> None:
    model = bert.build(checkpoint(), CONFIG, "token", Fp32())
    [ids], [logits] = model.graph.input, model.graph.output
    assert ids.name == "input_ids"
    assert [d.dim_param or d.dim_value for d in ids.type.tensor_type.shape.dim] == ["batch", "sequence"]
    assert [d.dim_param or d.dim_value for d in logits.type.tensor_type.shape.dim] == ["batch", "sequence", 3]


def test_half_precision_checkpoints_are_read() -> None:
    halves = {name: value.astype(np.float16) for name, value in checkpoint().items()}
    widened = {name: value.astype(np.float32) for name, value in halves.items()}
    first, second = (bert.build(weights, CONFIG, "embedding", Fp32()) for weights in (halves, widened))
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
    with pytest.raises(bert.UnsupportedModelError, match=rf"{key} = {value!r}.*-e '\.\[export\]'"):
        bert.build(checkpoint(), CONFIG | {key: value}, "embedding", Fp32())


def test_a_config_without_sizes_is_refused() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "num_attention_heads"}
    with pytest.raises(bert.UnsupportedModelError, match=r"config\.json lacks num_attention_heads"):
        bert.build(checkpoint(), config, "embedding", Fp32())


def test_an_unknown_head_is_refused() -> None:
    with pytest.raises(bert.UnsupportedModelError, match="head 'mask' is none of embedding, sequence, token, span"):
        bert.build(checkpoint(), CONFIG, "mask", Fp32())


def test_a_missing_tensor_is_named() -> None:
    weights = checkpoint()
    del weights["classifier.bias"]
    with pytest.raises(bert.UnsupportedModelError, match=r"no tensor 'classifier\.bias'"):
        bert.build(weights, CONFIG, "token", Fp32())
