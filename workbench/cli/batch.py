"""Commands for batch jobs: modelet batch ..."""

import typer

from workbench.cli.app import app

__all__ = ["batch"]

batch = typer.Typer(
    name="batch", help="Files of rows to files of answers.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(batch)
