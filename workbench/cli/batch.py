"""Commands for batch jobs: modelet batch ..."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.app import ROOT, FunctionName, app, clear_errors, console, function_folder
from workbench.local.errors import LocalError

__all__ = ["batch", "read_parameters"]

batch = typer.Typer(
    name="batch",
    help="Files of rows to files of answers.",
    epilog="Example: `modelet batch submit sentiment reviews.jsonl --local out/`",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(batch)

JobName = Annotated[str, typer.Argument(help="The id that `submit` printed.")]
Stack = Annotated[str, typer.Option(help="The deployed stack.", envvar="MODELET_STACK")]


@batch.command(epilog="Example: `modelet batch submit sentiment reviews.jsonl --local out/`")
def submit(
    name: FunctionName,
    file: Annotated[Path, typer.Argument(help="JSON lines, CSV (either may be compressed by gzip) or Parquet.")],
    local: Annotated[Path | None, typer.Option(help="Answer here, into this folder.")] = None,
    to: Annotated[str | None, typer.Option(help="s3://BUCKET/ of the stack's results, to be sure of it.")] = None,
    parameters: Annotated[str, typer.Option(help="The requests' parameters, as JSON.")] = "{}",
    processes: Annotated[int, typer.Option(min=1, help="Here: how many.")] = os.cpu_count() or 1,
    scan: Annotated[bool, typer.Option(help="Find where rows of CSV end by reading all of it.")] = False,
    distributed: Annotated[bool, typer.Option(help="By Step Functions, of template-distributed.yaml.")] = False,
    stack: Stack = "modelet",
) -> None:
    """Have every row of a file answered: by the deployed stack or, with --local, by this machine.

    Interrupted here, the same command goes on; a job that was finished is not done again.
    """
    from functions.splitter.kind import RefusedError
    from workbench.packager.package import package

    with clear_errors(RefusedError, ValueError):
        asked = read_parameters(parameters)
        manifest = package(function_folder(name)).manifest
        if local is not None:
            _submit_here(name, manifest, file, local, asked, processes)
        else:
            cloud = _cloud(stack)
            if to is not None and to.rstrip("/") != f"s3://{cloud.results}":
                raise LocalError(f"--to {to}: stack {stack} writes to s3://{cloud.results}/")
            submitted = cloud.submit(name, file, manifest.digest, asked, scan=scan, distributed=distributed)
            if not submitted.anew:
                console.print("The same file was submitted before; nothing was done.", highlight=False)
            _show(cloud, submitted.job.id)


def _submit_here(name: str, manifest: Any, file: Path, out: Path, parameters: dict[str, Any], processes: int) -> None:
    from workbench.batch.local import run_here
    from workbench.batch.report import finished_table

    sys.path[:0] = [str(ROOT)]  # for the functions, in the processes too
    started = time.monotonic()
    try:
        outcome = run_here(name, manifest, file, out, parameters, processes)
    except KeyboardInterrupt:
        console.print("interrupted; the same command goes on where it was", highlight=False)
        raise typer.Exit(130) from None
    seconds = time.monotonic() - started if outcome.anew else None
    console.print(finished_table(outcome.job, outcome.parts, seconds, str(out)))


@batch.command(epilog="Example: `modelet batch status 11488face80a046e --watch`")
def status(
    job: JobName,
    watch: Annotated[bool, typer.Option(help="Look again until it has ended.")] = False,
    stack: Stack = "modelet",
) -> None:
    """Say how far a job is: parts, rows, failures, rate, cost so far, and how long it will take."""
    with clear_errors(LookupError):
        cloud = _cloud(stack)
        while _show(cloud, job) == "running" and watch:
            time.sleep(2)


@batch.command(epilog="Example: `modelet batch results 11488face80a046e > answers.jsonl`")
def results(
    job: JobName,
    failures: Annotated[bool, typer.Option(help="The rows that could not be answered instead.")] = False,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file instead of JSON lines to stdout.")] = None,
    stack: Stack = "modelet",
) -> None:
    """Print the answers of a job that has ended, as JSON lines in the order of its file."""
    from workbench.batch.parquet import to_parquet

    with clear_errors(LookupError):
        cloud = _cloud(stack)
        found = cloud.job(job)
        chunks = cloud.failures(found) if failures else cloud.answers(found)
        if parquet is not None:
            from modelet.batch.framing import lines_of

            rows = to_parquet((line.content for line in lines_of(chunks)), parquet)
            console.print(f"wrote {rows:,} rows to {parquet}", highlight=False, markup=False)
            return
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)


@batch.command(epilog="Example: `modelet batch redrive 11488face80a046e`")
def redrive(job: JobName, stack: Stack = "modelet") -> None:
    """Send the parts of a job that failed again and again out once more."""
    with clear_errors(LookupError):
        cloud = _cloud(stack)
        sent = cloud.redrive(cloud.job(job))
    console.print(f"sent {sent} parts of job {job} out again", highlight=False)


def _cloud(stack: str) -> Any:
    try:
        from workbench.batch.cloud import Cloud
    except ImportError as error:
        raise LocalError(f"{error.name} is not installed: pip install -e '.[batch]'") from None
    return Cloud(stack)


def _show(cloud: Any, name: str) -> str:
    from workbench.batch.report import status_table

    job, progress = cloud.job(name), cloud.progress(name)
    console.print(status_table(job, progress, cloud.where(job)))
    return str(progress.state)


def read_parameters(text: str) -> dict[str, Any]:
    """The object in an option. Raises LocalError."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise LocalError(f"--parameters is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise LocalError("--parameters is no JSON object")
    return found
