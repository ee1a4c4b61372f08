"""What every variant is made from: the same weights, the same calibration texts."""

import json
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from modelet.bundle import Bundle
from modelet.tokenizer import TextTokenizer
from workbench.packager.build import build_fp32
from workbench.packager.fetch import fetch
from workbench.packager.gate import TEXTS, gate_texts
from workbench.packager.package import write_bundle
from workbench.packager.spec import ModelSpec

__all__ = ["Ids", "Materials", "gathered"]

FUNCTION = ROOT / "functions" / "embed"
INPUTS = ["input_ids", "attention_mask"]
OUTPUT = "last_hidden_state"

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Materials:
    """`folder` is as transformers reads it, `optimize` as in the manifest.

    `texts` (those of the gate) and `calibration` are token ids, each [tokens].
    """

    optimize: bool
    int8: Path
    fp32: Path
    folder: Path
    texts: Sequence[Ids]
    calibration: Sequence[Ids]

    @cached_property
    def exported(self) -> Path:
        """torch's ONNX export, in the form (TorchScript, eager attention) that onnxruntime's optimizer recognises."""
        import torch
        from transformers import AutoModel

        class Encoder(torch.nn.Module):  # type: ignore[misc]
            """Tensors in, one tensor out, which is all that the exporter traces."""

            def __init__(self, model: Any) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                return self.model(input_ids, attention_mask=attention_mask).last_hidden_state

        model = Encoder(AutoModel.from_pretrained(self.folder, attn_implementation="eager").eval())
        path, example = self.folder / "model.onnx", torch.ones(1, 8, dtype=torch.long)
        axes = {name: {0: "batch", 1: "tokens"} for name in [*INPUTS, OUTPUT]}
        names = {"input_names": INPUTS, "output_names": [OUTPUT], "dynamic_axes": axes}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(model, (example, example), path, opset_version=17, dynamo=False, **names)
        return path


@contextmanager
def gathered() -> Iterator[Materials]:
    """The materials of functions/embed, as it is packaged now. Raises BundleError or PackagerError."""
    bundle, spec = Bundle.load(FUNCTION / "model"), ModelSpec.load(FUNCTION)
    files = fetch(spec.source)
    tokenizer, limit = TextTokenizer(bundle.tokenizer), bundle.manifest.limits.max_tokens
    calibration = (TEXTS / "calibration.txt").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        for role, path in files.items():
            copyfile(path, folder / spec.source.files[role].path)
        _configure_tokenizer(folder, limit)
        fp32 = write_bundle(Path(scratch) / "fp32", spec, FUNCTION, files, build_fp32(spec, files, FUNCTION)).model
        texts, others = (_encoded(tokenizer, lines, limit) for lines in (gate_texts(), calibration))
        yield Materials(bundle.manifest.optimize, bundle.model, fp32, folder, texts, others)


def _configure_tokenizer(folder: Path, limit: int) -> None:
    """The file that fastembed wants beside tokenizer.json."""
    config = {"model_max_length": limit, "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def _encoded(tokenizer: TextTokenizer, texts: Sequence[str], limit: int) -> list[Ids]:
    return [tokenizer.frame(tokenizer.encode(text).ids[: limit - tokenizer.specials]) for text in texts]
