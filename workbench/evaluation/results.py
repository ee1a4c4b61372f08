"""What an evaluation comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evaluation.calibration import Bin, CalibrationError
from workbench.evaluation.intervals import Estimate
from workbench.evaluation.metrics import Metric
from workbench.training.spec import DataSpec

__all__ = ["Evaluated", "Figure", "Public", "bins_of", "compare"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of the bundle with its 95 % interval, and its model's in single precision where there is one.

    `kept` is the share of the latter that the former is, where that says something.
    """

    metric: str
    examples: int
    bundle: Estimate
    reference: float | None
    kept: float | None


@dataclass(frozen=True, slots=True)
class Public:
    """Where a labelled file comes from."""

    sha256: str
    licence: str
    source: str

    @classmethod
    def of(cls, entry: DataSpec) -> "Public":
        return cls(entry.sha256, entry.licence, entry.source)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The figures of a function's bundle on one file, in the format `form`.

    `bins` are the reliability of its scores, where it gives any.
    """

    function: str
    bundle: str
    digest: str
    data: str
    form: str | None
    public: Public | None
    figures: Sequence[Figure]
    bins: Sequence[Bin]


def compare(metrics: Sequence[Metric], reference: Sequence[Metric]) -> list[Figure]:
    """A figure for each of `metrics`; `reference` are those of single precision, or none."""
    expected = {metric.name: metric.value for metric in reference}
    return [_figure(metric, expected.get(metric.name)) for metric in metrics]


def _figure(metric: Metric, reference: float | None) -> Figure:
    estimate = metric.estimate()
    kept = estimate.value / reference if metric.kept and reference else None
    return Figure(metric.name, metric.examples, estimate, reference, kept)


def bins_of(metrics: Sequence[Metric]) -> Sequence[Bin]:
    """What a reliability diagram draws."""
    return next((metric.bins for metric in metrics if isinstance(metric, CalibrationError)), ())
