"""What every command shares: the app, its console, and errors told in a line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from workbench.local.errors import LocalError
from workbench.packager.spec import PackagerError, functions_with_models

__all__ = ["ROOT", "TEMPLATE", "WIDTH", "FunctionName", "app", "clear_errors", "console", "function_folder"]

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

app = typer.Typer(
    name="modelet",
    help="Small language models as serverless functions: package, serve, invoke, measure.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
)
WIDTH = 132  # of tables where no terminal says how wide it is
console = Console(width=None if sys.stdout.isatty() else WIDTH)

FunctionName = Annotated[str, typer.Argument(help="A folder of functions/, such as `embed`.")]


@contextmanager
def clear_errors(*also: type[Exception]) -> Iterator[None]:
    """One line for what the user can mend; a traceback only for what we must."""
    from modelet.errors import ModeletError

    expected: tuple[type[Exception], ...] = (LocalError, PackagerError, ModeletError, OSError, *also)
    try:
        yield
    except expected as error:
        Console(stderr=True).print(Text(getattr(error, "logs", "").rstrip(), "dim"), soft_wrap=True, end="")
        # Text, not markup: a message may name `.[export]` or a port `:-1`.
        Console(stderr=True).print(Text.assemble(("error: ", "bold red"), str(error).rstrip()), soft_wrap=True)
        raise typer.Exit(1) from None


def function_folder(name: str) -> Path:
    """The folder of functions/ with this name; raises PackagerError that names those there are."""
    known = {path.name: path for path in functions_with_models(ROOT)}
    if name not in known:
        raise PackagerError(f"no function {name!r} with a model.toml; there are {', '.join(known)}")
    return known[name]
