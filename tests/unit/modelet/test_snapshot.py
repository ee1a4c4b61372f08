"""What happens around a SnapStart snapshot, run by AWS's runtime client as in Lambda."""

import random
from pathlib import Path

import numpy as np
import pytest
import snapshot_restore_py

from modelet.inputs import TextOrIds
from modelet.predictor import Prediction, Predictor
from modelet.settings import Settings
from modelet.snapshot import prepare_snapshot
from modelet.tasks.embedding import Embedding, EmbeddingTask
from tests.tiny import write_bundle

# AWS publishes its runtime client for Linux.
runtime = pytest.importorskip("awslambdaric.lambda_runtime_hooks_runner")


class Watched(Predictor[TextOrIds, Embedding]):
    """Notes when it is warmed up, and what it lets be observed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(write_bundle(folder), EmbeddingTask, Settings(cache_bytes=1 << 20))
        self.noted: list[str | Prediction] = []
        self.observe = self.noted.append

    def warm_up(self) -> None:
        super().warm_up()
        self.noted.append("warm")


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A predictor whose hooks are the only ones that are registered."""
    for registry in ("_before_snapshot_registry", "_after_restore_registry"):
        monkeypatch.setattr(snapshot_restore_py, registry, [])
    predictor = Watched(tmp_path / "model")
    prepare_snapshot(predictor)
    return predictor


def test_the_model_is_warm_before_the_snapshot_and_nothing_is_observed(watched: Watched) -> None:
    assert watched.noted == []
    runtime.run_before_snapshot()
    assert watched.noted == ["warm"]


def test_no_answer_outlives_the_snapshot(watched: Watched) -> None:
    watched.predict(["bed"])
    runtime.run_before_snapshot()
    runtime.run_after_restore()
    (answer,) = watched.predict(["bed"])
    assert [prediction.cached for prediction in watched.noted if isinstance(prediction, Prediction)] == [0, 0]
    assert answer.vector.tobytes() == watched.predict(["bed"])[0].vector.tobytes()


@pytest.mark.usefixtures("watched")
def test_environments_restored_from_one_snapshot_draw_different_numbers() -> None:
    def draw() -> tuple[float, float]:
        random.seed(0)
        np.random.seed(0)
        runtime.run_after_restore()
        return random.random(), np.random.random()

    first, second = draw(), draw()
    assert first[0] != second[0]
    assert first[1] != second[1]
