"""The model card of what was trained: its data with their licences, its metrics with their intervals."""

from pathlib import Path

import pytest

from modelet.bundle import sha256_of
from modelet.manifest import Source
from tests.tiny import write_bundle
from tests.unit.packager.test_spec import DECLARED
from workbench.packager.card import model_card, training_of
from workbench.packager.spec import ModelSpec, PackagerError
from workbench.training.record import (
    CalibrationRecord,
    DataRecord,
    Hardware,
    Metric,
    PlanRecord,
    TrainingRecord,
)

SPEC = ModelSpec.model_validate(DECLARED | {"adapter": "adapter"})


@pytest.fixture
def function(tmp_path: Path) -> Path:
    """A function's folder with an adapter, the contents of which nobody reads here, and its record."""
    adapter = tmp_path / "adapter" / "adapter.safetensors"
    adapter.parent.mkdir()
    adapter.write_bytes(b"an adapter")
    record(sha256_of(adapter)).save(adapter.with_name("training.json"))
    return tmp_path


def record(adapter: str) -> TrainingRecord:
    plan = PlanRecord(
        objective="classification",
        rank=32,
        epochs=3,
        learning_rate=1e-3,
        batch_size=32,
        max_tokens=64,
        weight_decay=0.01,
        held_out=0.05,
        seed=0,
    )
    hardware = Hardware(processor="Z80", cores=1, threads=1, accelerator=None, torch="2.13.0", transformers="5.0.0")
    data = DataRecord(file="intents.json", sha256="d" * 64, licence="CC-BY-3.0", source="clinc", use="train", rows=700)
    return TrainingRecord(
        adapter=adapter,
        backbone=Source(uris=("file:source",), sha256="b" * 64),
        continued_from=None,
        labels=3,
        data=(data,),
        plan=plan,
        teacher=None,
        curve=(),
        metrics=(Metric(where="dev.json", name="accuracy", value=0.95, low=0.94, high=0.9612, rows=300),),
        calibration=CalibrationRecord(method="temperature", error={"held out": 0.0123}),
        hardware=hardware,
        minutes=12.4,
    )


def test_the_card_tells_of_the_training(function: Path, tmp_path: Path) -> None:
    training = training_of(SPEC, function)
    card = model_card(write_bundle(tmp_path / "tiny" / "model").manifest, training)
    assert "3 epochs, rank 32, 12 minutes on Z80." in card
    assert f"| intents.json | 700 | train | CC-BY-3.0 | clinc | `{'d' * 64}` |" in card
    assert "| dev.json | accuracy | 0.9500 | 0.9400 to 0.9612 | 300 |" in card
    assert "Scores are calibrated (temperature); expected calibration error: 0.012 on held out." in card


def test_without_a_record_there_is_nothing_to_tell(function: Path, tmp_path: Path) -> None:
    (function / "adapter" / "training.json").unlink()
    assert training_of(SPEC, function) is None
    assert training_of(ModelSpec.model_validate(DECLARED), function) is None
    assert "Training" not in model_card(write_bundle(tmp_path / "tiny" / "model").manifest, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (record("0" * 64).model_dump_json(), r"tells of another adapter than adapter\.safetensors; run: modelet train"),
        ("{}", "training.json: adapter: Field required"),
        ("{", "training.json: Invalid JSON"),
    ],
)
def test_a_record_that_does_not_fit_is_told(function: Path, content: str, told: str) -> None:
    (function / "adapter" / "training.json").write_text(content)
    with pytest.raises(PackagerError, match=told):
        training_of(SPEC, function)
