"""Tables about jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.progress_bar import ProgressBar
from rich.table import Table

from modelet.batch.jobs import Done, Job, Progress
from workbench.tune.prices import compute_usd

__all__ = ["finished_table", "status_table"]

MEMORY_MB = 1769  # of a worker, as template.yaml has it


def finished_table(job: Job, parts: Sequence[Done], seconds: float | None, where: str) -> Table:
    """What a job came to; `seconds` is how long it took by the clock, None if it was finished before."""
    rows, failed = sum(one.rows for one in parts), sum(one.failed for one in parts)
    table = _table(job)
    table.add_row("rows", f"{rows:,} answered, {failed:,} failed")
    table.add_row("parts", f"{len(parts):,}")
    if seconds is None:
        table.add_row("", "it had been finished before; nothing was done")
    else:
        table.add_row("rate", f"{rows / max(seconds, 1e-9):,.0f} rows/s ({seconds:,.1f} s)")
    table.add_row("results", where)
    return table


def status_table(job: Job, progress: Progress, where: str) -> Table:
    """How far a job in the cloud is, what it has cost, and when it will be finished if it goes on so."""
    elapsed = datetime.now(UTC) - datetime.fromisoformat(job.created)
    total = job.data.size - job.begin
    rows = progress.rows + progress.failed
    table = _table(job)
    table.add_row("state", f"{progress.state} {progress.error}".strip())
    table.add_row("done", ProgressBar(max(total, 1), progress.done if total else 1, width=40))
    table.add_row("parts", f"{progress.parts:,}")
    table.add_row("rows", f"{progress.rows:,} answered, {progress.failed:,} failed")
    if progress.seconds:
        table.add_row("rate", f"{rows / progress.seconds:,.0f} rows a second of a worker")
        usd = compute_usd(MEMORY_MB, round(progress.seconds * 1000), "x86_64") / 1_000_000
        table.add_row("cost so far", f"{usd:.4f} USD of compute, at list price")
    if progress.state == "running" and 0 < progress.done < total:
        left = elapsed * ((total - progress.done) / progress.done)
        table.add_row("left", f"about {timedelta(seconds=round(left.total_seconds()))}")
    table.add_row("results", where)
    return table


def _table(job: Job) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("job", job.id)
    table.add_row("", f"{job.task} on {job.source.key} ({job.source.size:,} bytes)")
    return table
