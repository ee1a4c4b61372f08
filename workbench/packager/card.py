"""MODEL_CARD.md: what a bundle is, where it comes from, how it was trained, and how it did at the gate."""

from pathlib import Path

from pydantic import ValidationError

from modelet.bundle import sha256_of
from modelet.manifest import Check, Limits, Manifest
from workbench.packager.build import adapter_of
from workbench.packager.model_file import told
from workbench.packager.spec import ModelSpec, PackagerError
from workbench.training.record import RECORD_FILE, DataRecord, Metric, TrainingRecord

__all__ = ["model_card", "training_of"]


def training_of(spec: ModelSpec, function: Path) -> TrainingRecord | None:
    """How the adapter of `function` was made, where that is on record.

    Raises PackagerError naming the file if it is none, or tells of another adapter.
    """
    adapter = adapter_of(spec, function)
    if adapter is None or not (path := adapter.with_name(RECORD_FILE)).is_file():
        return None
    try:
        record = TrainingRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise PackagerError(f"{path}: {'; '.join(map(told, error.errors()))}") from None
    if record.adapter != sha256_of(adapter):
        raise PackagerError(f"{path} tells of another adapter than {adapter.name}; run: modelet train {function.name}")
    return record


def model_card(manifest: Manifest, training: TrainingRecord | None) -> str:
    """The card as Markdown."""
    checks = "\n".join(map(_row, manifest.gate))
    recipe = "\n".join(f"- {key}: {value}" for key, value in sorted(manifest.recipe.items()))
    return f"""# {manifest.id}

Task: {manifest.task}. Precision: {manifest.precision}. Digest: `{manifest.digest}`.

## Source and licence
{manifest.license.attribution}. Licence of the weights: {manifest.license.spdx}.

Weights sha256 `{manifest.source.sha256}`, from any of:
{chr(10).join(f"- `{uri}`" for uri in manifest.source.uris)}
{_training(training) if training else ""}
## Recipe
{recipe}

## Gate
| check | value | must be | passed |
|---|---|---|---|
{checks}

## Limits
Reads at most {manifest.limits.max_tokens} tokens in one run; {_beyond(manifest.limits)}.
"""


def _training(training: TrainingRecord) -> str:
    plan, calibration = training.plan, training.calibration
    what = f"rank {plan.rank}" if plan.rank else "all weights of the layers"
    taught = f" It learned from {training.teacher.name} ({training.teacher.licence}) too." if training.teacher else ""
    machine = training.hardware.accelerator or training.hardware.processor
    errors = ", ".join(f"{error:.3f} on {where}" for where, error in calibration.error.items())
    return f"""
## Training
{plan.epochs} epochs, {what}, {training.minutes:.0f} minutes on {machine}.{taught}

| data | rows | used to | licence | source | sha256 |
|---|---|---|---|---|---|
{chr(10).join(map(_data_row, training.data))}

| measured in single precision on | metric | value | 95 % interval | rows |
|---|---|---|---|---|
{chr(10).join(map(_metric_row, training.metrics))}

Scores are calibrated ({calibration.method}); expected calibration error: {errors}.
"""


def _data_row(data: DataRecord) -> str:
    return f"| {data.file} | {data.rows} | {data.use} | {data.licence} | {data.source} | `{data.sha256}` |"


def _metric_row(metric: Metric) -> str:
    interval = f"{metric.low:.4f} to {metric.high:.4f}"
    return f"| {metric.where} | {metric.name} | {metric.value:.4f} | {interval} | {metric.rows} |"


def _row(check: Check) -> str:
    return f"| {check.name} | {check.value:.5f} | {check.bound} | {'yes' if check.passed else '**no**'} |"


def _beyond(limits: Limits) -> str:
    return f"longer texts are read in windows that share {limits.overlap}" if limits.overlap else "the rest is cut"
