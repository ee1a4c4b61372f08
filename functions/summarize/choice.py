"""Which sentences stand for a text: those near its meaning, short, early and unlike each other.

The weights were chosen on the training set of SciTLDR (Cachola et al., 2020, https://github.com/allenai/scitldr), by
ROUGE-1 of one, two and three sentences of its abstracts.
"""

import numpy as np
from numpy.typing import NDArray

from functions.summarize.reading import Reading

__all__ = ["choose", "salience"]

LENGTH = 0.004  # off for each token, since a long sentence is near its text whatever it says
POSITION = 0.05  # off at the end of the text
NOVELTY = 0.3  # off for each sentence, times its cosine to the nearest one chosen before


def salience(reading: Reading) -> NDArray[np.float32]:
    """How well each sentence stands for the text [sentences]: its cosine to it, less what length and position cost."""
    positions = np.linspace(0, 1, len(reading.sentences), dtype=np.float32)
    cosines = reading.vectors @ reading.whole
    result: NDArray[np.float32] = cosines - LENGTH * reading.lengths.astype(np.float32) - POSITION * positions
    return result


def choose(reading: Reading, scores: NDArray[np.float32], count: int) -> list[int]:
    """Numbers of at most `count` sentences, in the text's order, by maximal marginal relevance.

    Carbonell and Goldstein, 1998, https://doi.org/10.1145/290941.291025.
    """
    if count >= len(scores):
        return list(range(len(scores)))
    chosen: list[int] = []
    told = np.zeros_like(scores)
    for _ in range(count):
        gains = scores - NOVELTY * told
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
        told = np.maximum(told, reading.vectors @ reading.vectors[chosen[-1]])
    return sorted(chosen)
