"""training.json: what an adapter was made of, how, and how good it is."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from modelet.manifest import Sha256, Source
from workbench.processor import model_name

__all__ = [
    "RECORD_FILE",
    "CalibrationRecord",
    "CurvePoint",
    "DataRecord",
    "Hardware",
    "Metric",
    "PlanRecord",
    "TeacherRecord",
    "TrainingRecord",
    "hardware",
]

RECORD_FILE = "training.json"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataRecord(_Record):
    """A file that was trained on or reported on; `rows` of it were."""

    file: str
    sha256: Sha256
    licence: str
    source: str
    use: str
    rows: int


class PlanRecord(_Record):
    """Everything besides data and backbone that decides the weights."""

    objective: str
    rank: int
    epochs: int
    learning_rate: float
    batch_size: int
    max_tokens: int
    dropout: float = 0.1
    weight_decay: float
    held_out: float
    seed: int


class TeacherRecord(_Record):
    """The bigger network that learned from `rows`, labelled all of them and those `made` for it, and what it took."""

    name: str
    licence: str
    sha256: Sha256
    rows: int
    made: int = 0
    metric: float
    minutes: float


class CurvePoint(_Record):
    """After so many steps: mean loss since the last point, and the metric held out."""

    epoch: float
    step: int
    loss: float
    metric: float


class Metric(_Record):
    """A metric with its 95 % bootstrap interval; `where` is "held out" or a file that was only reported on."""

    where: str
    name: str
    value: float
    low: float
    high: float
    rows: int


class CalibrationRecord(_Record):
    """How scores were calibrated, on the rows held out; the expected calibration error of 15 bins, by where."""

    method: str
    error: dict[str, float]


class Hardware(_Record):
    processor: str
    cores: int
    threads: int
    accelerator: str | None
    torch: str
    transformers: str


class TrainingRecord(_Record):
    """All of training.json."""

    adapter: Sha256
    backbone: Source
    continued_from: Sha256 | None
    labels: int
    data: tuple[DataRecord, ...]
    plan: PlanRecord
    teacher: TeacherRecord | None
    curve: tuple[CurvePoint, ...]
    metrics: tuple[Metric, ...]
    calibration: CalibrationRecord
    hardware: Hardware
    minutes: float

    def save(self, path: Path) -> None:
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def hardware() -> Hardware:
    """What this process trains on."""
    import torch
    import transformers

    return Hardware(
        processor=model_name(),
        cores=os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        accelerator=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        torch=torch.__version__,
        transformers=transformers.__version__,
    )
