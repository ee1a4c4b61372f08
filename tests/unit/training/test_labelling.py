"""A teacher's int8 graph says what the network itself says, of each row by itself."""

from pathlib import Path

import numpy as np
import pytest

from tests.tiny import write_source
from workbench.packager.checkpoint import read_weights
from workbench.packager.spec import Role
from workbench.training.examples import Classified

for needed in ("torch", "peft"):
    pytest.importorskip(needed, reason="needs the extra: pip install -e '.[train]'")

from workbench.training.labelling import Labeller  # noqa: E402
from workbench.training.learner import Learner, Task, make_learner  # noqa: E402

TASK = Task("classification", ("no", "yes"), "mean-sequence", pair=False, max_tokens=24)
ROWS = [Classified((f"{'a ' * (number % 7)}b {number}",), "no") for number in range(100)]


@pytest.fixture
def files(tmp_path: Path) -> dict[Role, Path]:
    source = write_source(tmp_path / "source")
    return {
        "weights": source / "model.safetensors",
        "config": source / "config.json",
        "tokenizer": source / "tokenizer.json",
    }


@pytest.fixture
def learner(files: dict[Role, Path]) -> Learner:
    return make_learner(TASK, files, rank=4, seed=0, start=read_weights(files["weights"]))


def test_it_says_what_the_network_says(learner: Learner, files: dict[Role, Path], tmp_path: Path) -> None:
    encoded = learner.encode(ROWS, tmp_path)
    expected = np.stack(learner.outputs(encoded))
    found = Labeller(learner, TASK, files, read_weights(files["weights"]), encoded).label(encoded)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 0.1 * np.ptp(expected)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_an_answer_depends_on_no_neighbour(learner: Learner, files: dict[Role, Path], tmp_path: Path) -> None:
    encoded = learner.encode(ROWS, tmp_path)
    labeller = Labeller(learner, TASK, files, read_weights(files["weights"]), encoded)
    some = [0, 33, 66, 99]
    alone = np.concatenate([labeller.label([encoded[index]]) for index in some])
    assert np.allclose(labeller.label(encoded)[some], alone, atol=1e-3)  # sums in another order
