"""The command that answers a file's rows on Apache Spark: modelet batch spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.app import FunctionName, clear_errors, console, function_folder
from workbench.cli.batch import batch, read_parameters
from workbench.spark.session import HERE

if TYPE_CHECKING:
    from workbench.spark.job import Job, Outcome

__all__: list[str] = []


@batch.command(epilog="Example: `modelet batch spark sentiment reviews.parquet answers.parquet`")
def spark(
    name: FunctionName,
    source: Annotated[str, typer.Argument(help=".parquet, .jsonl or .csv: a file, a folder, or what Spark can reach.")],
    target: Annotated[str, typer.Argument(help=".parquet or .jsonl: the folder that Spark writes its files to.")],
    parameters: Annotated[str, typer.Option(help="The requests' parameters, as JSON.")] = "{}",
    master: Annotated[str, typer.Option(help="Where Spark runs; by default all cores here.")] = HERE,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a target that is there.")] = False,
    archive: Annotated[
        Path | None, typer.Option(help="Write what a cluster needs here and print the line for it; run nothing.")
    ] = None,
) -> None:
    """Have every row of a file answered by Apache Spark, on this machine or on a cluster."""
    from workbench.packager.package import package
    from workbench.spark.errors import SparkError
    from workbench.spark.files import check_names
    from workbench.spark.job import Job
    from workbench.spark.submit import submit_line, write_job

    with clear_errors(SparkError):
        if archive is None:
            check_names(source, target, overwrite=overwrite)
        job = Job(name, source, target, read_parameters(parameters), overwrite)
        package(function_folder(name))
        if archive is not None:
            lines = submit_line(job, write_job(name, archive), parameters)
            console.print(" \\\n  ".join(lines), highlight=False, markup=False, soft_wrap=True)
        else:
            _show(job, *_run(job, master))


def _run(job: Job, master: str) -> tuple[Outcome, int]:
    from workbench.spark.job import run
    from workbench.spark.progress import followed
    from workbench.spark.session import open_session

    with open_session(master) as session:
        return followed(session, f"answering {Path(job.source).name}", lambda: run(session, job))


def _show(job: Job, outcome: Outcome, again: int) -> None:
    from rich.table import Table

    rate = outcome.rows / max(outcome.seconds, 1e-9)
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("rows", f"{outcome.rows - outcome.failed:,} answered, {outcome.failed:,} failed (column `error`)")
    table.add_row("rate", f"{rate:,.0f} rows/s ({outcome.seconds:,.1f} s, less Spark's own start)")
    if again:
        table.add_row("", f"{again:,} tasks failed and were tried again")
    table.add_row("results", job.target)
    console.print(table)
