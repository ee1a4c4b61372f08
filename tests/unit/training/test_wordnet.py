"""WordNet's files: what is said of a usage example is what the database says its word means."""

import io
import tarfile
from pathlib import Path

import pytest

from workbench.training.compose import with_hypotheses
from workbench.training.examples import Described
from workbench.training.wordnet import wordnet

FILES = {
    "noun": """\
  1 This line is the licence's.
00000010 12 n 02 fear 0 fright 0 002 @ 00000020 n 0000 + 00000030 a 0101 | an emotion; "a fear of heights"
00000020 12 n 01 emotion 0 000 | any strong feeling
00000040 06 n 01 lamp_shade 0 000 | a shade; "the lamp shade fell", "it had no shade"
""",
    "verb": """\
00000050 29 v 01 jog 0 001 @ 00000060 v 0000 02 + 01 00 + 02 01 | run slowly; "he jogs in the park"
00000060 29 v 02 run 0 go 0 000 01 + 01 00 | move fast
""",
    "adj": """\
00000030 00 a 01 afraid(p) 0 001 + 00000010 n 0101 | filled with fear
00000035 00 s 01 terrified 0 001 & 00000030 a 0000 | very afraid; "terrified of spiders"
""",
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "wn.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for part, text in FILES.items():
            info = tarfile.TarInfo(f"wn/data/data.{part}")
            info.size = len(text.encode())
            file.addfile(info, io.BytesIO(text.encode()))
    return path


def test_what_holds_of_an_example(archive: Path) -> None:
    assert list(wordnet(archive)) == [
        Described("a fear of heights", ("emotion", "fright"), "12"),
        Described("it had no shade", ("lamp shade",), "06"),
        Described("he jogs in the park", ("go", "run"), "29"),
        Described("terrified of spiders", ("afraid", "emotion", "fear", "fright"), "00"),
    ]


def test_hypotheses_hold_or_are_of_other_texts() -> None:
    rows = [Described(f"text {number}", (f"name {number}", f"same {number}"), str(number % 3)) for number in range(60)]
    pairs = list(with_hypotheses(rows, wrong=2, seed=0))
    assert pairs == list(with_hypotheses(rows, wrong=2, seed=0))
    assert sum(pair.label == "entailment" for pair in pairs) == 60
    assert 100 < sum(pair.label == "neutral" for pair in pairs) <= 120
    for pair in pairs:
        number = pair.texts[0].removeprefix("text ")
        assert pair.texts[1].rstrip(".").endswith((f"name {number}", f"same {number}")) == (pair.label == "entailment")
