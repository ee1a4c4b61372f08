"""Masking: what is replaced, and that nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.redact.masking import Masker, Mode
from functions.redact.spans import Span
from modelet.errors import InvalidInputError

TEXT = "Ada met Grace."
SPANS = [Span(0, 3, "PERSON", 0.9, "model"), Span(8, 13, "PERSON", 0.9, "model")]
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=40)


def test_modes() -> None:
    masker = Masker("a key")
    assert masker(TEXT, SPANS, "mask") == "*** met *****."
    assert masker(TEXT, SPANS, "label") == "[PERSON] met [PERSON]."
    assert re.fullmatch(r"\[PERSON:[0-9a-f]{16}\] met \[PERSON:[0-9a-f]{16}\]\.", masker(TEXT, SPANS, "hash"))


def token(value: str, key: str, entity: str = "PERSON") -> str:
    return Masker(key)(value, [Span(0, len(value), entity, 1.0, "model")], "hash")


def test_a_value_keeps_its_token_under_one_key() -> None:
    assert token("Ada Lovelace", "key") == "[PERSON:10350c62b445c84a]"  # in every process
    assert token("Ada Lovelace", "key") == token("ADA  lovelace", "key")
    assert token("Ada", "key") != token("Grace", "key")
    assert token("Ada", "key") != token("Ada", "other key")
    assert token("Ada", "key", "LOCATION")[-17:] != token("Ada", "key")[-17:]


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_there_is_no_hash(key: str | None) -> None:
    masker = Masker(key)
    masker.check("label")
    with pytest.raises(InvalidInputError, match=r"^parameters\.mode: hash needs the setting MODELET_HASH_KEY$"):
        masker.check("hash")
    with pytest.raises(InvalidInputError):
        masker(TEXT, SPANS, "hash")


@pytest.mark.parametrize("mode", ["mask", "label", "hash"])
@given(text=ANY_TEXT, cuts=st.lists(st.integers(0, 40), max_size=8, unique=True))
def test_text_outside_spans_is_unchanged(mode: Mode, text: str, cuts: list[int]) -> None:
    edges = sorted(cut for cut in cuts if cut <= len(text))
    spans = [Span(a, b, "URL", 1.0, "checked") for a, b in zip(edges[::2], edges[1::2], strict=False)]
    masked = Masker("key")(text, spans, mode)
    kept = [text[a:b] for a, b in zip([0, *(s.end for s in spans)], [*(s.start for s in spans), None], strict=True)]
    replacements = [
        re.escape("*" * (s.end - s.start)) if mode == "mask" else r"\[URL(?::[0-9a-f]{16})?\]" for s in spans
    ]
    parts = [re.escape(kept[0])] + [r + re.escape(k) for r, k in zip(replacements, kept[1:], strict=True)]
    assert re.fullmatch("".join(parts), masked)
    assert mode != "mask" or len(masked) == len(text)
