"""Pairs of texts: what stands between them, and some to calibrate and gate with."""

from collections.abc import Sequence

from modelet.tokenizer import TextTokenizer

__all__ = ["in_context", "neighbours", "separator_of"]

MARK = -1  # no token's id


def separator_of(tokenizer: TextTokenizer) -> int:
    """The id of the first token after the first text of a pair."""
    framed = tokenizer.frame([MARK], [MARK]).tolist()
    return int(framed[framed.index(MARK) + 1])


def neighbours(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Each text with the one after it, the last with the first."""
    return list(zip(texts, [*texts[1:], *texts[:1]], strict=True))


def in_context(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Each text with a context that says it, between the one before and the one after."""
    around = zip([*texts[-1:], *texts[:-1]], texts, [*texts[1:], *texts[:1]], strict=True)
    return [(text, f"{before} {text} {after}") for before, text, after in around]
