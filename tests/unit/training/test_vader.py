"""VADER's archive in an archive: words and texts with a clear rating, and what may be said of them."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from workbench.training.vader import POLAR_NAMES, vader, vader_reviews

LEXICON = "weepy\t-1.3\t1.5\t[-2]\nlively\t1.9\t0.7\t[2]\nfairly\t0.1\t0.2\t[0]\n"
TWEETS = "1\t2.7\tYay. Another good call.\n2\t-0.2\tWaiting for the bus.\n"
REVIEWS = "1_1\t-0.9\tno picture, b/w.\n"


def tar(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def test_what_is_clear_has_names(tmp_path: Path) -> None:
    ratings = tar(
        {
            "hutto/tweets_GroundTruth.txt": TWEETS.encode(),
            "hutto/amazonReviewSnippets_GroundTruth.txt": REVIEWS.encode(),
        }
    )
    path = tmp_path / "vader.tar.gz"
    path.write_bytes(tar({"v/vader_lexicon.txt": LEXICON.encode(), "v/hutto_ICWSM_2014.tar.gz": ratings}))
    weepy, lively, call, picture = vader(path)
    assert "weepy" in weepy.text
    assert "lively" in lively.text
    assert [call.text, picture.text] == ["Yay. Another good call.", "no picture, b/w."]
    assert weepy.names == picture.names == POLAR_NAMES["negative"]
    assert lively.names == call.names == POLAR_NAMES["positive"]
    assert set(POLAR_NAMES["positive"]).isdisjoint(POLAR_NAMES["negative"])


def test_clear_reviews_of_films_and_of_products_have_a_label(tmp_path: Path) -> None:
    films = "1\t2.1\tA fine film.\n2\t0.3\tIt is a film.\n"
    ratings = tar(
        {
            "hutto/movieReviewSnippets_GroundTruth.txt": films.encode(),
            "hutto/amazonReviewSnippets_GroundTruth.txt": REVIEWS.encode(),
        }
    )
    path = tmp_path / "vader.tar.gz"
    path.write_bytes(tar({"v/hutto_ICWSM_2014.tar.gz": ratings}))
    found = [(row.texts, row.label) for row in vader_reviews(path)]
    assert found == [(("A fine film.",), "positive"), (("no picture, b/w.",), "negative")]
