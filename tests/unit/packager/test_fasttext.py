"""fastText's file, read byte by byte and answered by the graph as fastText would answer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.bundle import Bundle, sha256_of
from modelet.manifest import License, Limits, Manifest, Source
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.classification import Classification
from modelet.tasks.language_identification import LanguageIdentificationTask
from tests.unit.packager.fasttext_reference import LABELS, WORDS, content, probabilities
from workbench.packager.fasttext import FastText
from workbench.packager.fasttext_graph import read_fasttext
from workbench.packager.spec import PackagerError

TEXTS = ["the straße", "и the и __label__en", "nothing known", "</s>", "  ", "a\0b\nc", "ein Haus, " * 50]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.ftz"
    path.write_bytes(content())
    return path


def opened(weights: Path, folder: Path, max_tokens: int = 1000) -> Predictor[str, Classification]:
    folder.mkdir()
    for name, data in read_fasttext(weights, LABELS).items():
        (folder / name).write_bytes(data)
    manifest = Manifest(
        name="tiny",
        version="1.0.0",
        task="language-identification",
        precision="as-is",
        labels=LABELS,
        activation="softmax",
        limits=Limits(max_tokens=max_tokens),
        source=Source(uris=("file:tiny",), sha256="0" * 64),
        license=License(spdx="CC0-1.0", attribution="random numbers"),
        recipe={},
        optimize=False,
        files={path.name: sha256_of(path) for path in folder.iterdir()},
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())
    return Predictor(Bundle.load(folder), LanguageIdentificationTask, Settings())


def test_answers_are_fasttexts(weights: Path, tmp_path: Path) -> None:
    answers = opened(weights, tmp_path / "model").predict(TEXTS)
    expected = [probabilities(text.replace("</s>", "").replace("__label__en", "")) for text in TEXTS]
    np.testing.assert_allclose([answer.probabilities for answer in answers], expected, rtol=1e-5)
    assert not any(answer.truncated for answer in answers)


def test_a_text_with_too_many_features_says_so(weights: Path, tmp_path: Path) -> None:
    [answer] = opened(weights, tmp_path / "model", max_tokens=3).predict(["the the the"])
    assert (answer.truncated, answer.tokens) == (True, 3)


def test_the_same_bytes_each_time(weights: Path) -> None:
    assert read_fasttext(weights, LABELS) == read_fasttext(weights, LABELS)


def test_dictionary(weights: Path) -> None:
    model = FastText.load(weights)
    assert (model.words, model.labels, model.counts[:2]) == (list(WORDS), list(LABELS), [90, 40])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"loss": 3}, "has loss 3; only"),
        ({"version": 11}, "is not a fastText model of version 12"),
        ({"quantized_output": True}, "has a quantised output"),
        ({"kept": (5, 96)}, "has 22 rows for 6 features, and 5 for 5 labels"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    (tmp_path / "wrong.ftz").write_bytes(content(**wrong))
    with pytest.raises(PackagerError, match=rf"source\.files\.weights: {told}"):
        read_fasttext(tmp_path / "wrong.ftz", LABELS)


@pytest.mark.parametrize("length", [0, 7, 60, 100, 150, 700, len(content()) - 1])
def test_a_broken_file_is_told(tmp_path: Path, length: int) -> None:
    (tmp_path / "broken.ftz").write_bytes(content()[:length])
    with pytest.raises(PackagerError, match=r"ends after \d+ bytes, in the middle"):
        read_fasttext(tmp_path / "broken.ftz", LABELS)


def test_other_labels_are_told(weights: Path) -> None:
    with pytest.raises(PackagerError, match=r"labels must be the model's, in its order: en, ru, de, fr, vo"):
        read_fasttext(weights, LABELS[::-1])
