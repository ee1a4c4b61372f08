"""From a trained network to an adapter: calibrated, rounded and merged as packaging does it, then measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from workbench.evaluation.intervals import of_metric
from workbench.packager.adapter import Tensors, merge
from workbench.packager.spec import Role
from workbench.training.calibration import Calibration, calibrate, calibration_error
from workbench.training.learner import Learner, Task, make_learner
from workbench.training.network import Network
from workbench.training.objectives import Encoded
from workbench.training.record import CalibrationRecord, Metric
from workbench.training.weights import adapter_tensors

__all__ = ["HELD_OUT", "Outcome", "conclude"]

HELD_OUT = "held out"


@dataclass(frozen=True)
class Outcome:
    """An adapter's tensors and how good the network is with them."""

    tensors: dict[str, NDArray[Any]]
    metrics: tuple[Metric, ...]
    calibration: CalibrationRecord


def conclude(
    learner: Learner, task: Task, files: Mapping[Role, Path], weights: Tensors, parts: Mapping[str, Sequence[Encoded]]
) -> Outcome:
    """What came of training. Of `parts`, by name, the one held out calibrates; all are measured."""
    held_out = parts[HELD_OUT]
    calibration = calibrate(learner.objective, learner.outputs(held_out), held_out)
    _fold(calibration, learner.network)
    tensors = adapter_tensors(learner.network, weights)
    shipped = make_learner(task, files, rank=0, seed=0, start=merge(weights, tensors))
    metrics, errors = [], {}
    for where, encoded in parts.items():
        outputs = shipped.outputs(encoded)
        metrics.append(_measured(shipped, where, outputs, encoded))
        errors[where] = round(calibration_error(shipped.objective, outputs, encoded), 5)
    return Outcome(tensors, tuple(metrics), CalibrationRecord(method=calibration.method, error=errors))


def _fold(calibration: Calibration, network: Network) -> None:
    """Have the head itself give the calibrated logits."""
    weight, bias = network.output.weight.data, network.output.bias.data
    slope, shift = (torch.tensor(one).to(bias) for one in (calibration.slope, calibration.shift))
    weight.mul_(slope.reshape(-1, 1))
    bias.mul_(slope).add_(shift)


def _measured(learner: Learner, where: str, outputs: Sequence[Any], encoded: Sequence[Encoded]) -> Metric:
    objective = learner.objective
    parts = objective.parts(outputs, encoded)
    estimate = of_metric(lambda indices: objective.total(parts[indices]), len(encoded))
    value, low, high = (round(one, 5) for one in (estimate.value, estimate.low, estimate.high))
    return Metric(where=where, name=objective.metric, value=value, low=low, high=high, rows=len(encoded))
