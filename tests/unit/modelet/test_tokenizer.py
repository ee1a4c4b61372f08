"""Tokens without padding or truncation, offsets in code points, and windows that cover everything."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelet.errors import BundleError
from modelet.tokenizer import TextTokenizer, fit_pair, windows
from tests.tiny import write_tokenizer

JOINED = "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{GRINNING FACE}"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    return TextTokenizer(write_tokenizer(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"))


def test_saved_padding_and_truncation_are_off(tokenizer: TextTokenizer) -> None:
    assert tokenizer.encode("a").ids == [4]
    assert len(tokenizer.encode("ab " * 50).ids) == 100


def test_vocabulary_and_frame(tokenizer: TextTokenizer) -> None:
    assert (tokenizer.vocabulary, tokenizer.specials) == (50, 2)
    framed = tokenizer.frame([4, 5])
    assert framed.dtype == np.int64
    assert framed.tolist() == [2, 4, 5, 3]
    assert tokenizer.unframe(np.eye(4, dtype=np.float32), 2).tolist() == np.eye(4)[1:3].tolist()


@pytest.mark.parametrize(
    ("single", "pair", "framed"),
    [
        ("[CLS] $A [SEP]", None, [2, 4, 5, 3, 6, 3]),  # no template for pairs: the tokenizer's own end between them
        ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [2, 4, 5, 3, 6, 3]),  # BERT
        ("[CLS] $A [SEP]", "[CLS] $A [SEP] [SEP] $B [SEP]", [2, 4, 5, 3, 3, 6, 3]),  # RoBERTa, MPNet
        ("$A [SEP]", "$A [SEP] $B [SEP]", [4, 5, 3, 6, 3]),  # T5
    ],
)
def test_a_pair_is_framed_by_the_template(tmp_path: Path, single: str, pair: str | None, framed: list[int]) -> None:
    tokenizer = TextTokenizer(write_tokenizer(tmp_path / "tokenizer.json", single, pair))
    assert tokenizer.frame([4, 5], [6]).tolist() == framed
    assert tokenizer.pair_specials == len(framed) - 3
    output = np.eye(len(framed), dtype=np.float32)
    assert tokenizer.unframe(output, 1).tolist() == [output[-2].tolist()]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(3, 7, (3, 7)), (3, 20, (3, 7)), (8, 2, (8, 2)), (9, 3, (7, 3)), (9, 9, (5, 5)), (20, 0, (10, 0))],
)
def test_a_pair_is_cut_at_its_second_text_first(first: int, second: int, kept: tuple[int, int]) -> None:
    a, b = fit_pair(range(first), range(second), 10)
    assert (len(a), len(b)) == kept
    assert [*a, *b] == [*range(kept[0]), *range(kept[1])]


@pytest.mark.parametrize(("verbatim", "said"), [(False, {0, 2, 3}), (True, set())])
def test_a_text_says_special_tokens_unless_it_is_read_verbatim(tmp_path: Path, verbatim: bool, said: set[int]) -> None:
    tokenizer = TextTokenizer(write_tokenizer(tmp_path / "tokenizer.json"), verbatim=verbatim)
    assert {0, 2, 3} & set(tokenizer.encode("a [SEP] b [CLS] [PAD]").ids) == said
    assert tokenizer.frame(tokenizer.encode("a").ids).tolist() == [2, 4, 3]


@pytest.mark.parametrize(
    ("ids", "bare"),
    [
        ([2, 4, 5, 3], [4, 5]),
        ([4, 5], [4, 5]),
        ([2, 3], []),
        ([2], [2]),
        ([3], [3]),
        ([2, 4], [2, 4]),
        ([4, 3], [4, 3]),
        ([2, 2, 4, 3, 3], [2, 4, 3]),
    ],
)
def test_special_tokens_come_off_once_and_in_pairs(tokenizer: TextTokenizer, ids: list[int], bare: list[int]) -> None:
    assert list(tokenizer.without_specials(ids)) == bare


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab c", ["a", "b", "c"]),
        ("\N{GRINNING FACE} ab", ["\N{GRINNING FACE}", "a", "b"]),
        (
            "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{GRINNING FACE} b",
            ["\N{FAMILY}\N{ZERO WIDTH JOINER}\N{GRINNING FACE}", "b"],
        ),
        ("e\N{COMBINING ACUTE ACCENT}a b", ["e", "a", "b"]),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}a b", ["\N{LATIN SMALL LETTER E WITH ACUTE}", "a", "b"]),
        ("A\0B", ["A", "B"]),
        ("a\N{MATHEMATICAL FRAKTUR SMALL A} b", ["a\N{MATHEMATICAL FRAKTUR SMALL A}", "b"]),
    ],
)
def test_offsets_are_code_points(tokenizer: TextTokenizer, text: str, pieces: list[str]) -> None:
    assert [text[start:end] for start, end in tokenizer.encode(text).offsets] == pieces


@given(st.text())
def test_offsets_are_in_order_and_inside(tokenizer: TextTokenizer, text: str) -> None:
    encoding = tokenizer.encode(text)
    flat = [position for offsets in encoding.offsets for position in offsets]
    assert flat == sorted(flat)
    assert all(0 <= position <= len(text) for position in flat)
    words = [word for word in encoding.words if word is not None]
    assert words == sorted(words)
    assert len(encoding.ids) == len(encoding.offsets) == len(words)


@given(length=st.integers(0, 300), size=st.integers(1, 60), data=st.data())
def test_windows_cover_everything_and_share_their_overlap(length: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    slices = list(windows(length, size, overlap))
    assert {index for one in slices for index in range(one.start, one.stop)} == set(range(length))
    assert all(one.stop - one.start <= size for one in slices)
    assert all(left.stop - right.start == overlap for left, right in pairwise(slices))
    assert (slices[0].start, slices[-1].stop) == (0, length)


@pytest.mark.parametrize("content", ["", "{}", "hello"])
def test_another_file_is_no_tokenizer(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(BundleError, match=r"tokenizer\.json is not a tokenizer"):
        TextTokenizer(path)
