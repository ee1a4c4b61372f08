"""Commands about bundles: package, models, calibrate."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.app import ROOT, FunctionName, app, clear_errors, console, function_folder
from workbench.packager.spec import PackagerError, functions_with_models

__all__: list[str] = []


@app.command(epilog="Example: `modelet package embed`")
def package(
    name: Annotated[str | None, typer.Argument(help="A folder of functions/, such as `embed`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every function that has a model.toml.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Build again what is up to date.")] = False,
    allow_below_gate: Annotated[
        bool, typer.Option("--allow-below-gate", help="Write a bundle that fails its gate, with the failure on record.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Another folder than `functions/NAME/model`.")] = None,
) -> None:
    """Build, check and write the bundle of a function's model."""
    from workbench import reports
    from workbench.packager.package import package as package_one
    from workbench.packager.sharing import owners_first

    with clear_errors(ValueError):
        if every == (name is not None):
            raise PackagerError("name a function, or give --all")
        folders = owners_first(functions_with_models(ROOT)) if every else [function_folder(name or "")]
        results = [package_one(f, force=force, allow_below_gate=allow_below_gate, out=out) for f in folders]
    for result in results:
        console.print(reports.packaged(result))
    if not all(result.written for result in results):
        raise typer.Exit(1)


@app.command(epilog="Example: `modelet models`")
def models() -> None:
    """Show the bundles, their gate results and digests."""
    from workbench import reports

    console.print(reports.models(functions_with_models(ROOT)))


@app.command(epilog="Example: `modelet calibrate embed --data my_texts.txt`")
def calibrate(
    name: FunctionName,
    data: Annotated[Path | None, typer.Option(help="Texts, one a line; without it, those that ship.")] = None,
) -> None:
    """Measure what the model's activations reach, and write the file that model.toml names for it."""
    from workbench.packager.recalibrate import calibrate as run

    with clear_errors(ValueError):
        console.print(f"wrote {run(function_folder(name), data)}; commit it, then run: modelet package {name}")
