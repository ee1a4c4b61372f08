"""Embedding and token classification against plain numpy, on a random model."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from modelet.errors import BundleError
from modelet.inputs import TextOrIds
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.embedding import Embedding, EmbeddingTask
from modelet.tasks.token_classification import Tagging, TokenClassificationTask
from modelet.tokenizer import TextTokenizer, windows
from tests.tiny import write_bundle, write_tokenizer
from tests.unit.packager.reference import CONFIG, checkpoint, forward

SETTINGS = Settings(cache_bytes=0, threads=1)
MAX_TOKENS, OVERLAP = 14, 4
SIZE = MAX_TOKENS - 2


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Predictor[TextOrIds, Embedding]:
    return Predictor(write_bundle(tmp_path_factory.mktemp("tasks") / "model"), EmbeddingTask, SETTINGS)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Predictor[str, Tagging]:
    folder = tmp_path_factory.mktemp("tasks") / "model"
    bundle = write_bundle(folder, "token-classification", MAX_TOKENS, OVERLAP)
    return Predictor(bundle, TokenClassificationTask, SETTINGS)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    return TextTokenizer(write_tokenizer(tmp_path_factory.mktemp("tasks") / "tokenizer.json"))


def test_an_embedding_is_the_references(embedder: Predictor[TextOrIds, Embedding], tokenizer: TextTokenizer) -> None:
    [answer] = embedder.predict(["bad cafe"])
    ids = tokenizer.frame(tokenizer.encode("bad cafe").ids)
    expected = forward(checkpoint(), CONFIG, ids[np.newaxis], "embedding")["embedding"][0]
    np.testing.assert_allclose(answer.vector, expected, atol=1e-5)
    assert answer.vector.dtype == np.float32
    assert answer.tokens == len(ids) == 9


def test_texts_are_cut_at_the_limit(embedder: Predictor[TextOrIds, Embedding]) -> None:
    cut, exact, shorter = embedder.predict(["a " * 30, "a " * 22, "a " * 21])
    assert [(one.tokens, one.truncated) for one in (cut, exact, shorter)] == [(24, True), (24, False), (23, False)]
    assert cut.vector.tobytes() == exact.vector.tobytes() != shorter.vector.tobytes()


@pytest.mark.parametrize("ids", [(5, 27, 30), (2, 5, 27, 30, 3)])
def test_token_ids_equal_their_text(embedder: Predictor[TextOrIds, Embedding], ids: tuple[int, ...]) -> None:
    text, tokens = embedder.predict(["bad", ids])
    assert tokens.vector.tobytes() == text.vector.tobytes()
    assert tokens.tokens == text.tokens == 5


def test_token_ids_are_cut_like_text(embedder: Predictor[TextOrIds, Embedding]) -> None:
    text, bare, framed = embedder.predict(["a " * 30, (4,) * 30, (2, *(4,) * 30, 3)])
    assert text.vector.tobytes() == bare.vector.tobytes() == framed.vector.tobytes()


def test_a_text_without_tokens_has_an_embedding(embedder: Predictor[TextOrIds, Embedding]) -> None:
    [answer] = embedder.predict([" "])
    assert answer.tokens == 2
    assert np.linalg.norm(answer.vector) == pytest.approx(1, abs=1e-5)


def expected_tagging(tokenizer: TextTokenizer, text: str) -> tuple[list[list[int]], NDArray[np.float64]]:
    """Words and probabilities by the plainest way: for each token the window that has it furthest from an edge."""
    encoding = tokenizer.encode(text)
    length = len(encoding.ids)
    rows: list[NDArray[np.float64]] = []
    slices = list(windows(length, SIZE, OVERLAP))
    logits = [
        forward(checkpoint(), CONFIG, tokenizer.frame(encoding.ids[one])[np.newaxis], "token")["logits"][0, 1:-1]
        for one in slices
    ]
    for index in range(length):
        holding = [k for k, one in enumerate(slices) if one.start <= index < one.stop]
        best = max(holding, key=lambda k: (min(index - slices[k].start, slices[k].stop - 1 - index), k))
        powers = np.exp(logits[best][index - slices[best].start])
        rows.append(powers / powers.sum())
    words: dict[int | None, list[int]] = {}
    for index, word in enumerate(encoding.words):
        words.setdefault(word, []).append(index)
    spans = [[encoding.offsets[pieces[0]][0], encoding.offsets[pieces[-1]][1]] for pieces in words.values()]
    means = [np.mean([rows[index] for index in pieces], axis=0) for pieces in words.values()]
    return spans, np.array(means).reshape(-1, 3)


@pytest.mark.parametrize(
    "text",
    [
        "bad",
        "a" * SIZE,
        "a" * (SIZE + 1),
        "bad cafe, abba! " * 6,
        "deed \N{GRINNING FACE} cafe\N{COMBINING ACUTE ACCENT} feed " * 5,
        "abcdefghijklmnopqrstuvw" * 3,
    ],
)
def test_a_long_text_is_tagged_token_by_token(
    tagger: Predictor[str, Tagging], tokenizer: TextTokenizer, text: str
) -> None:
    [answer] = tagger.predict([text])
    words, probabilities = expected_tagging(tokenizer, text)
    assert answer.words.tolist() == words
    np.testing.assert_allclose(answer.probabilities, probabilities, atol=1e-5)


@given(st.text(alphabet="abc \n,.\N{GRINNING FACE}\N{COMBINING ACUTE ACCENT}", max_size=120))
def test_nothing_is_dropped(tagger: Predictor[str, Tagging], text: str) -> None:
    [answer] = tagger.predict([text])
    tagged = {index for start, end in answer.words.tolist() for index in range(start, end)}
    read = {index for index, character in enumerate(text) if not character.isspace()}
    assert read - tagged <= {index for index in read if text[index] == "\N{COMBINING ACUTE ACCENT}"}
    assert tagged <= set(range(len(text)))
    assert np.allclose(answer.probabilities.sum(axis=1), 1, atol=1e-5)


def test_what_was_read_is_counted(tagger: Predictor[str, Tagging]) -> None:
    answers = tagger.predict(["", "bad", "a" * (SIZE + 1)])
    assert [answer.tokens for answer in answers] == [2, 5, MAX_TOKENS + 2 + OVERLAP + 1]
    assert answers[0].words.shape == (0, 2)
    assert answers[0].probabilities.shape == (0, 3)


def test_windows_that_cannot_advance_are_refused(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "model", "token-classification", max_tokens=3, overlap=1)
    with pytest.raises(BundleError, match="windows of 1 tokens cannot overlap by 1"):
        Predictor(bundle, TokenClassificationTask, SETTINGS)
