"""A random BERT of 2 layers x 32 and a tokenizer that reads letters: bundles that take no time to build and run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from modelet.bundle import Bundle, sha256_of
from modelet.manifest import (
    CLASSIFIERS,
    MANIFEST_FILE,
    MODEL_FILE,
    TOKENIZER_FILE,
    Activation,
    License,
    Limits,
    Manifest,
    Source,
    TaskName,
)
from tests.unit.packager.reference import CONFIG, LABELS, checkpoint
from workbench.packager import encoder
from workbench.packager.bert import BERT
from workbench.packager.layers import Fp32

__all__ = ["NAMES", "write_bundle", "write_source", "write_tokenizer"]

# Ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, a..w 4..26, ##a..##w 27..49. A word is one token a letter.
LETTERS = "abcdefghijklmnopqrstuvw"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
NAMES = ("O", "B-X", "I-X")
HEADS = {
    "embedding": "embedding",
    "pair-classification": "sequence",
    "question-answering": "span",
    "text-classification": "sequence",
    "token-classification": "token",
}


def write_tokenizer(path: Path, single: str = "[CLS] $A [SEP]", pair: str | None = None) -> Path:
    """A WordPiece file with these templates that, as many published ones, was saved with padding and truncation on."""
    ids = {token: index for index, token in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=1000))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(single, pair, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_padding(length=20)
    tokenizer.enable_truncation(5)
    tokenizer.save(str(path))
    return path


def write_bundle(
    folder: Path,
    task: TaskName = "embedding",
    max_tokens: int = 24,
    overlap: int = 0,
    activation: Activation = "softmax",
) -> Bundle:
    """A bundle in single precision, verified; its activation only counts for a classifier."""
    folder.mkdir(parents=True)
    model = encoder.build(BERT, checkpoint(), CONFIG, HEADS[task], Fp32())
    (folder / MODEL_FILE).write_bytes(model.SerializeToString())
    write_tokenizer(folder / TOKENIZER_FILE)
    manifest = Manifest(
        name="tiny",
        version="1.0.0",
        task=task,
        precision="fp32",
        labels=NAMES[:LABELS] if "classification" in task else (),
        activation=activation if task in CLASSIFIERS else None,
        limits=Limits(max_tokens=max_tokens, overlap=overlap),
        source=Source(uris=("file:tiny",), sha256="0" * 64),
        license=License(spdx="CC0-1.0", attribution="random numbers"),
        recipe={},
        optimize=False,
        files={name: sha256_of(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE)},
    )
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    return Bundle.load(folder)


def write_source(folder: Path) -> Path:
    """What a model's source holds: weights, config and tokenizer."""
    folder.mkdir(parents=True)
    save_file(checkpoint(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    write_tokenizer(folder / "tokenizer.json")
    return folder


def rewrite_manifest(folder: Path, drop: Sequence[str] = (), **changes: Any) -> None:
    """Change fields of the manifest in `folder`, as a careless hand would."""
    path = folder / MANIFEST_FILE
    fields = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in fields.items() if name not in drop}))
