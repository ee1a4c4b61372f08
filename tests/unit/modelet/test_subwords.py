"""Feature numbers, all at once, as fastText finds them one by one."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.errors import BundleError
from modelet.subwords import FEATURES_FILE, SubwordHasher
from tests.unit.packager.fasttext_reference import BUCKET, KEPT, SIZES, WORDS, features

DECLARED = {"minn": SIZES[0], "maxn": SIZES[1], "bucket": BUCKET, "words": WORDS, "ngrams": sorted(KEPT)}
# Of one to four bytes in UTF-8, white space of ASCII's and others, and marks that are no word by themselves.
ALPHABET = "aet<> \t\n\0ßи\u00a0\u3000字\N{GRINNING FACE}"


@pytest.fixture(scope="module")
def hasher(tmp_path_factory: pytest.TempPathFactory) -> SubwordHasher:
    path = tmp_path_factory.mktemp("features") / FEATURES_FILE
    path.write_text(json.dumps(DECLARED))
    return SubwordHasher(path)


def expected(text: str) -> list[int]:
    """fastText's rows of a text, where those of n-grams ascend by their hashes."""
    rows = [*range(len(WORDS)), *(len(WORDS) + sorted(KEPT).index(bucket) for bucket in KEPT)]
    return sorted(rows[row] for row in features(text))


@settings(deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=40))
def test_features_are_fasttexts(hasher: SubwordHasher, text: str) -> None:
    assert sorted(hasher.features(text)) == expected(text)


@pytest.mark.parametrize("text", ["", " \n", "</s>", "__label__de", "\0"])
def test_a_text_without_words_has_the_end_of_its_line(hasher: SubwordHasher, text: str) -> None:
    assert hasher.features(text).tolist() == [0]


def test_a_mark_of_fasttexts_ends_no_text(hasher: SubwordHasher) -> None:
    assert sorted(hasher.features("the </s> the")) == expected("the the")


@pytest.mark.parametrize("wrong", [{"words": ["the"]}, {"minn": 1}, {"ngrams": []}, {"more": 1}])
def test_a_features_file_is_checked(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / FEATURES_FILE
    path.write_text(json.dumps(DECLARED | wrong))
    with pytest.raises(BundleError, match="is not a features file"):
        SubwordHasher(path)
