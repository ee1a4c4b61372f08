"""The command that trains: train."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.app import FunctionName, app, clear_errors, console, function_folder
from workbench.local.errors import LocalError

__all__: list[str] = []

EXTRA = ("torch", "transformers", "peft", "pyarrow", "tomli_w")


@app.command(epilog="Example: `modelet train intent --data tickets.csv --out functions/tickets`")
def train(
    name: FunctionName,
    data: Annotated[
        Path | None, typer.Option(help="Rows of your own: .jsonl, .csv or .parquet; docs/training.md has the columns.")
    ] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Where the files lie that model.toml names, to train as it says.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new function like this one, with labels of its own: functions/NEW.")
    ] = None,
    backbone: Annotated[
        str | None, typer.Option(help="Another one, with --out: a folder or hf:organisation/name@revision.")
    ] = None,
    from_adapter: Annotated[
        bool, typer.Option("--from-adapter", help="Go on from the function's adapter instead of its backbone.")
    ] = False,
    rank: Annotated[int | None, typer.Option(min=0, max=256, help="Of the adapter; 0 trains every layer.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="How often to see each row.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all that is drawn.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="By default all cores.")] = None,
) -> None:
    """Train a function's adapter, or make a function of your own from labelled rows.

    A run that was stopped goes on where it was. Uses a GPU if torch finds one.
    """
    with clear_errors(ValueError):
        _require_extra()
        function = function_folder(name)
    from workbench.training.job import Options, make_job
    from workbench.training.report import training_table
    from workbench.training.run import train as run
    from workbench.training.spec import TrainingError

    with clear_errors(TrainingError, ValueError):
        options = Options(data_folder, data, out, backbone, from_adapter, rank, epochs, seed)
        job = make_job(function, options)
        try:
            record = run(job, threads)
        except KeyboardInterrupt:
            console.print("stopped; the same command goes on where the last checkpoint is", style="dim")
            raise typer.Exit(130) from None
    console.print(training_table(job.target.name, record))
    console.print(f"Next: modelet package {job.target.name}", highlight=False)


def _require_extra() -> None:
    if missing := [package for package in EXTRA if find_spec(package) is None]:
        raise LocalError(
            f"{missing[0]}, which training needs, is missing: pip install -e '.[train]' "
            "(without a GPU, first torch's CPU build, a quarter of the download: https://pytorch.org/get-started/locally)"
        )
