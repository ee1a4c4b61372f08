"""Our graphs against transformers' own models; needs the extra `export`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from tests.unit.packager.reference import CONFIG, LABELS
from tests.unit.packager.test_bert import IDS, run
from workbench.packager import bert
from workbench.packager.export import HEADS, export
from workbench.packager.fetch import fetch
from workbench.packager.layers import Fp32
from workbench.packager.spec import ModelSpec, PackagerError

EXTRA = "needs the extra: pip install -e '.[export]'"
torch: Any = pytest.importorskip("torch", reason=EXTRA)
transformers: Any = pytest.importorskip("transformers", reason=EXTRA)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's exporter warns about itself
ROOT = Path(__file__).resolve().parents[2]

SIZES = {"vocab_size": 50, "max_position_embeddings": 24, "initializer_range": 0.2}
ELECTRA = {"hidden_size": 32, "embedding_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
DISTILBERT = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}


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


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
@pytest.mark.parametrize("head", bert.HEADS)
def test_bert_answers_like_transformers(head: str, activation: str, tmp_path: Path) -> None:
    config = transformers.BertConfig(**CONFIG | SIZES | {"hidden_act": activation})
    model = save(config, head, tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert_same(bert.build(load_file(tmp_path / "model.safetensors"), written, head, Fp32()), model, head)


@pytest.mark.parametrize("length", [3, 16, 256])
def test_minilm_answers_like_transformers(length: int) -> None:
    files = fetch(ModelSpec.load(ROOT / "functions" / "embed").source)
    config = json.loads(files["config"].read_text())
    model = transformers.BertModel.from_pretrained(
        None, config=transformers.BertConfig(**config), state_dict=load_torch(files["weights"])
    ).eval()
    ids = np.random.default_rng(length).integers(1000, 30000, (2, length))
    assert_same(bert.build(load_file(files["weights"]), config, "embedding", Fp32()), model, "embedding", ids)


def load_torch(path: Path) -> dict[str, Any]:
    return {name: torch.from_numpy(value) for name, value in load_file(path).items()}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("family", "sizes"), [("DistilBert", DISTILBERT), ("Electra", ELECTRA)])
def test_an_exported_model_answers_like_transformers(
    family: str, sizes: dict[str, int], head: str, tmp_path: Path
) -> None:
    config = getattr(transformers, f"{family}Config")(**SIZES | sizes)
    model = save(config, head, tmp_path)
    assert_same(export(tmp_path / "model.safetensors", tmp_path / "config.json", head), model, head)


def test_a_checkpoint_without_the_head_is_not_exported(tmp_path: Path) -> None:
    save(transformers.DistilBertConfig(**SIZES | DISTILBERT), "embedding", tmp_path)
    with pytest.raises(PackagerError, match=r"lacks classifier\.bias, classifier\.weight of DistilBertForToken"):
        export(tmp_path / "model.safetensors", tmp_path / "config.json", "token")
