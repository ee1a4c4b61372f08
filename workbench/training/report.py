"""The table that `modelet train` ends with."""

from rich.table import Table

from workbench.training.record import TrainingRecord

__all__ = ["training_table"]


def training_table(name: str, record: TrainingRecord) -> Table:
    """How good the adapter is, on what was held out and on each file that was only reported on."""
    title = f"{name}: {record.plan.epochs} epochs, rank {record.plan.rank}, {record.minutes} minutes"
    table = Table("measured on", "rows", "metric", "value", "95 % interval", "calibration error", title=title)
    table.title_justify = "left"
    for metric in record.metrics:
        interval = f"{metric.low:.4f} to {metric.high:.4f}"
        error = f"{record.calibration.error[metric.where]:.3f}"
        table.add_row(metric.where, str(metric.rows), metric.name, f"{metric.value:.4f}", interval, error)
    return table
