"""New texts out of those there are, for a teacher to label: words left out, words replaced by near ones, texts joined.

After Tang et al., 2019 (https://arxiv.org/abs/1903.12136) and Jiao et al., 2020 (TinyBERT,
https://arxiv.org/abs/1909.10351): a small student learns more of many texts than of few, however they are made.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.packager.checkpoint import read_weights
from workbench.packager.spec import Role
from workbench.training.examples import UNLABELLED, Classified
from workbench.training.spec import AugmentSpec, TrainingError

__all__ = ["Nearest", "augmented", "nearest_words"]

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
LEFT_OUT, REPLACED = 0.15, 0.25  # of a text's words
SHORTEST = 3  # letters of a word that may be replaced
NEAREST = 10  # words that may replace one
JOINED = range(4, 13)  # words of the texts that are joined
BETWEEN = (", but", "but", ", and", "and", "--", ". but", ", yet", ", even if", "; however ,", "though", ", not", ".")


class Nearest:
    """The words of a tokenizer's vocabulary that are nearest to one by the cosine of their embeddings.

    `table` is [tokens, numbers], a backbone's own. Words are of letters, three and more.
    """

    def __init__(self, vocabulary: Mapping[str, int], table: NDArray[Any]) -> None:
        self._words = sorted(word for word in vocabulary if word.isalpha() and len(word) >= SHORTEST)
        self._places = {word: place for place, word in enumerate(self._words)}
        vectors = table[[vocabulary[word] for word in self._words]].astype(np.float32)
        self._unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._found: dict[str, list[str]] = {}

    def of(self, word: str) -> Sequence[str]:
        """None, if it is no word of the vocabulary."""
        if word in self._places and word not in self._found:
            cosines = self._unit @ self._unit[self._places[word]]
            order = np.argsort(-cosines, kind="stable")[1 : NEAREST + 1]
            self._found[word] = [self._words[place] for place in order]
        return self._found.get(word, ())


def augmented(spec: AugmentSpec, rows: Iterable[Classified], nearest: Nearest, seed: int) -> list[Classified]:
    """So many rows without labels, a third of them made in each way, out of `rows`.

    Raises TrainingError if they are too short to be made others of.
    """
    texts = sorted({row.texts[0] for row in rows})
    long = [text for text in texts if len(text.split()) >= spec.least_words]
    short = [text for text in texts if len(text.split()) in JOINED]
    if not long or not short:
        raise TrainingError(
            f"train.augment: no texts of {spec.least_words} words, or none of {JOINED}, to make others of"
        )
    chosen = random.Random(f"augment-{seed}")
    ways: Sequence[Callable[[], str]] = (
        lambda: _left_out(chosen.choice(long), chosen),
        lambda: _replaced(chosen.choice(long), nearest, chosen),
        lambda: f"{chosen.choice(short)} {chosen.choice(BETWEEN)} {chosen.choice(short)}",
    )
    return [Classified((ways[number % len(ways)](),), UNLABELLED) for number in range(spec.rows)]


def nearest_words(files: Mapping[Role, Path]) -> Nearest:
    """Which words are near by the embeddings of a backbone. Raises TrainingError if its tokenizer has no words."""
    vocabulary = json.loads(files["tokenizer"].read_text(encoding="utf-8"))["model"]["vocab"]
    if not isinstance(vocabulary, dict):
        raise TrainingError("train.augment: a tokenizer of words and their pieces is needed")
    return Nearest(vocabulary, read_weights(files["weights"])[WORD_EMBEDDINGS])


def _left_out(text: str, chosen: random.Random) -> str:
    return " ".join(word for word in text.split() if chosen.random() >= LEFT_OUT) or text


def _replaced(text: str, nearest: Nearest, chosen: random.Random) -> str:
    def replaced(word: str) -> str:
        near = nearest.of(word) if chosen.random() < REPLACED else ()
        return chosen.choice(near) if near else word

    return " ".join(map(replaced, text.split()))
