"""The command that measures quality: evaluate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.app import ROOT, app, clear_errors, console, function_folder
from workbench.cli.measure import require_matplotlib
from workbench.packager.spec import PackagerError, functions_with_models

__all__: list[str] = []


@app.command(epilog="Example: `modelet evaluate embed --data stsb_en_dev.csv`")
def evaluate(
    name: Annotated[str | None, typer.Argument(help="A folder of functions/, such as `embed`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every function, on its public sets.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="A labelled file: a public set, known by its sha256, or rows of your own.")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help="Of the file, where it is no set that is known.")] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Where the public sets lie; all of them are measured.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="With --data-folder: a page to put the figures into; data and picture go beside."),
    ] = None,
) -> None:
    """Measure bundles on labelled files, asked as their clients ask, beside their models in single precision."""
    with clear_errors():
        _check(name, every, data, data_folder, report)
        functions = functions_with_models(ROOT) if every else [function_folder(name or "")]
    if data is not None:
        _evaluate_file(functions[0], data, form)
    elif data_folder is not None:
        _evaluate_sets(functions, data_folder, report)


def _check(name: str | None, every: bool, data: Path | None, data_folder: Path | None, report: Path | None) -> None:
    if every == (name is not None):
        raise PackagerError("name a function, or give --all")
    if (data is None) == (data_folder is None) or (every and data):
        raise PackagerError("give --data FILE for one function, or --data-folder FOLDER with the public sets")
    if report is not None:
        if data is not None:
            raise PackagerError("--report is of all public sets of a function: give --data-folder")
        require_matplotlib()


def _evaluate_file(function: Path, data: Path, form: str | None) -> None:
    from workbench.evaluation.redact import evaluate_service
    from workbench.evaluation.report import table, types_table
    from workbench.evaluation.run import evaluate as run
    from workbench.training.spec import TrainingError

    with clear_errors(TrainingError, ValueError):
        for result in run(function, data, form):
            console.print(table(result))
        if function.name == "redact":
            console.print(types_table(evaluate_service(data)))


def _evaluate_sets(functions: Sequence[Path], folder: Path, report: Path | None) -> None:
    from workbench.evaluation.report import table, update
    from workbench.evaluation.run import evaluate_reported
    from workbench.training.spec import TrainingError

    with clear_errors(TrainingError, ValueError):
        for results in evaluate_reported(functions, folder):
            for result in results:
                console.print(table(result))
            if report is not None:
                update(report, results)
