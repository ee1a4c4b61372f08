"""Our graphs against transformers' own models; needs the extra `export`."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from modelet.bundle import Bundle
from modelet.tokenizer import TextTokenizer
from tests.integration.test_package import TEXTS, write_spec
from tests.tiny import write_tokenizer
from tests.unit.packager.reference import CONFIG, LABELS
from tests.unit.packager.test_bert import IDS, run
from workbench.packager import encoder, gate
from workbench.packager.architecture import Architecture
from workbench.packager.bert import BERT
from workbench.packager.checkpoint import read_weights
from workbench.packager.distilbert import DISTILBERT
from workbench.packager.export import HEADS, export
from workbench.packager.fetch import fetch
from workbench.packager.layers import Fp32
from workbench.packager.mpnet import MPNET
from workbench.packager.package import open_bundle, package
from workbench.packager.recalibrate import calibrate
from workbench.packager.roberta import ROBERTA
from workbench.packager.spec import ModelSpec, PackagerError

EXTRA = "needs the extra: pip install -e '.[export]'"
torch: Any = pytest.importorskip("torch", reason=EXTRA)
transformers: Any = pytest.importorskip("transformers", reason=EXTRA)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's exporter warns about itself
ROOT = Path(__file__).resolve().parents[2]

SIZES = {"vocab_size": 50, "max_position_embeddings": 64, "initializer_range": 0.2}
ELECTRA = {"hidden_size": 32, "embedding_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
DISTIL = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
BASE = {name: CONFIG[name] for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")}
BUILT: dict[str, tuple[Architecture, dict[str, Any]]] = {
    "Bert": (BERT, BASE),
    "DistilBert": (DISTILBERT, DISTIL),
    "MPNet": (MPNET, BASE),
    "Roberta": (ROBERTA, BASE),
    "XLMRoberta": (ROBERTA, BASE),
}
LONG = np.random.default_rng(0).integers(4, 50, (2, 60))  # ids below 4 are special to some


def save(config: Any, head: str, folder: Path) -> Any:
    """A model of random weights for `head`, written as transformers does."""
    torch.manual_seed(0)
    config.num_labels = 2 if head == "span" else LABELS
    model = getattr(transformers, HEADS[head].auto_class).from_config(config).eval()
    model.save_pretrained(folder)
    return model


def answers(model: Any, head: str, ids: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    with torch.no_grad():
        output = model(input_ids=torch.from_numpy(ids))
        return {name: read(output).numpy() for name, read in HEADS[head].outputs.items()}


def assert_same(built: onnx.ModelProto, model: Any, head: str, ids: NDArray[np.int64] = IDS) -> None:
    found, expected = run(built, ids), answers(model, head, ids)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5)


def built(architecture: Architecture, folder: Path, head: str, separator: int | None = None) -> onnx.ModelProto:
    """Our graph of what transformers wrote."""
    config = json.loads((folder / "config.json").read_text())
    return encoder.build(architecture, read_weights(folder / "model.safetensors"), config, head, Fp32(), separator)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("family", BUILT)
def test_a_built_model_answers_like_transformers(family: str, head: str, tmp_path: Path) -> None:
    architecture, sizes = BUILT[family]
    model = save(getattr(transformers, f"{family}Config")(**SIZES | sizes), head, tmp_path)
    assert_same(built(architecture, tmp_path, head), model, head, LONG)


@pytest.mark.parametrize("activation", ["gelu_new", "relu"])
@pytest.mark.parametrize(("family", "key"), [("Bert", "hidden_act"), ("DistilBert", "activation")])
def test_activations_are_those_of_transformers(family: str, key: str, activation: str, tmp_path: Path) -> None:
    architecture, sizes = BUILT[family]
    model = save(getattr(transformers, f"{family}Config")(**SIZES | sizes | {key: activation}), "token", tmp_path)
    assert_same(built(architecture, tmp_path, "token"), model, "token", LONG)


def exported(folder: Path, head: str, separator: int) -> onnx.ModelProto:
    return export(folder / "model.safetensors", folder / "config.json", head, separator)


@pytest.mark.parametrize("head", ["sequence", "span"])
@pytest.mark.parametrize(
    ("family", "sizes", "make"), [("Bert", BASE, partial(built, BERT)), ("Electra", ELECTRA, exported)]
)
def test_pairs_have_the_types_of_transformers_tokenizers(
    family: str, sizes: dict[str, int], make: Callable[..., onnx.ModelProto], head: str, tmp_path: Path
) -> None:
    separator, ids = 3, np.array([[2, 7, 11, 3, 48, 9, 9, 3]])
    model = save(getattr(transformers, f"{family}Config")(**SIZES | sizes), head, tmp_path)
    with torch.no_grad():
        output = model(torch.from_numpy(ids), token_type_ids=torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]]))
    found = run(make(tmp_path, head, separator), ids)
    for name, read in HEADS[head].outputs.items():
        np.testing.assert_allclose(found[name], read(output).numpy(), atol=1e-5)


SENTIMENT = """architecture = "{architecture}"
task = "text-classification"
head = "sequence"
activation = "softmax"
labels = ["negative", "neutral", "positive"]"""


@pytest.mark.parametrize("family", ["DistilBert", "Roberta"])
def test_what_was_fine_tuned_elsewhere_is_packaged_by_its_declaration(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gate, "gate_texts", lambda: TEXTS)
    architecture, sizes = BUILT[family]
    model = save(getattr(transformers, f"{family}Config")(**SIZES | sizes), "sequence", tmp_path / "source")
    tokenizer = TextTokenizer(write_tokenizer(tmp_path / "source" / "tokenizer.json"))
    function = tmp_path / "sentiment"
    function.mkdir()
    write_spec(function, family=SENTIMENT.format(architecture=architecture.name))
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS))
    calibrate(function, tmp_path / "texts.txt")
    bundle = Bundle.load(package(function, allow_below_gate=True).folder)
    texts = [text for text in TEXTS if "," not in text]  # unknown to the tokenizer, whose [UNK] is RoBERTa's padding
    for text, answer in zip(texts, open_bundle(bundle).predict(texts), strict=True):
        ids = tokenizer.frame(tokenizer.encode(text).ids)
        [expected] = answers(model, "sequence", ids[np.newaxis])["logits"]
        np.testing.assert_allclose(answer.logits[0], expected, atol=0.1)


@pytest.mark.parametrize("length", [3, 16, 256])
def test_minilm_answers_like_transformers(length: int) -> None:
    files = fetch(ModelSpec.load(ROOT / "functions" / "embed").source)
    config = json.loads(files["config"].read_text())
    model = transformers.BertModel.from_pretrained(
        None, config=transformers.BertConfig(**config), state_dict=load_torch(files["weights"])
    ).eval()
    ids = np.random.default_rng(length).integers(1000, 30000, (2, length))
    assert_same(
        encoder.build(BERT, read_weights(files["weights"]), config, "embedding", Fp32()), model, "embedding", ids
    )


def load_torch(path: Path) -> dict[str, Any]:
    return {name: torch.from_numpy(value) for name, value in load_file(path).items()}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("family", "sizes"), [("DistilBert", DISTIL), ("Electra", ELECTRA)])
def test_an_exported_model_answers_like_transformers(
    family: str, sizes: dict[str, int], head: str, tmp_path: Path
) -> None:
    config = getattr(transformers, f"{family}Config")(**SIZES | sizes)
    model = save(config, head, tmp_path)
    assert_same(export(tmp_path / "model.safetensors", tmp_path / "config.json", head), model, head)


def test_a_checkpoint_without_the_head_is_not_exported(tmp_path: Path) -> None:
    save(transformers.DistilBertConfig(**SIZES | DISTIL), "embedding", tmp_path)
    with pytest.raises(PackagerError, match=r"lacks classifier\.bias, classifier\.weight of DistilBertForToken"):
        export(tmp_path / "model.safetensors", tmp_path / "config.json", "token")
