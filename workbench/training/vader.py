"""VADER (Hutto and Gilbert, 2014): words and short texts that ten or twenty people each rated from -4 to 4."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from workbench.training.examples import Classified, Described

__all__ = ["POLAR_NAMES", "vader", "vader_reviews"]

LEXICON = "vader_lexicon.txt"
RATINGS = "hutto_ICWSM_2014.tar.gz"  # the paper's own archive, inside the package's
RATED = ("tweets_GroundTruth.txt", "amazonReviewSnippets_GroundTruth.txt")
REVIEWS = ("movieReviewSnippets_GroundTruth.txt", "amazonReviewSnippets_GroundTruth.txt")
CLEAR = 0.8  # from here on a rating is positive or negative
CARRIERS = ("i feel {}", "i am feeling so {}", "it was {}", "a {} day", "{}")  # what a word alone stands in
# What may be said of a text by its sentiment alone; none of them is an emotion.
POLAR_NAMES = {
    "positive": (
        *("positive", "good", "happy", "pleasant", "pleasure", "delight", "praise", "enthusiasm", "approval", "liking"),
        *("good mood", "well-being"),
    ),
    "negative": (
        *("negative", "bad", "unhappy", "unpleasant", "displeasure", "distress", "blame", "boredom", "disapproval"),
        *("dislike", "bad mood", "trouble"),
    ),
}


def vader(path: Path) -> Iterator[Described]:
    """The source distribution of `vaderSentiment`: words in a carrier, tweets and reviews, with names."""
    carrier = Random(0)
    words = [(carrier.choice(CARRIERS).replace("{}", word), rating) for word, rating, *_ in _lines(path, LEXICON)]
    texts = [(text, rating) for file in RATED for _, rating, text in _lines(path, RATINGS, file)]
    for text, rating in (*words, *texts):
        if abs(float(rating)) >= CLEAR:
            yield Described(text, POLAR_NAMES["positive" if float(rating) > 0 else "negative"])


def vader_reviews(path: Path) -> Iterator[Classified]:
    """The same archive's sentences of reviews, of films and of products, that are clearly negative or positive.

    Those of films are Rotten Tomatoes' (Pang and Lee, 2005), of which SST's sentences are as well.
    """
    for file in REVIEWS:
        for _, rating, text in _lines(path, RATINGS, file):
            if abs(float(rating)) >= CLEAR:
                yield Classified((text,), "positive" if float(rating) > 0 else "negative")


def _lines(path: Path, *names: str) -> Iterator[list[str]]:
    """Columns of a file in the archive at `path`, or in an archive in it."""
    with path.open("rb") as file:
        data = file.read()
    for name in names:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            member = next(one for one in archive if one.name.endswith(f"/{name}"))
            found = archive.extractfile(member)
            assert found is not None
            data = found.read()
    for line in data.decode("utf-8", errors="replace").splitlines():
        yield line.rstrip("\n").split("\t")
