"""The command `modelet`."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from workbench import reports
from workbench.local.errors import LocalError
from workbench.packager.spec import PackagerError, functions_with_models

__all__ = ["app"]

ROOT = Path(__file__).parent.parent
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
def _clear_errors(*also: type[Exception]) -> Iterator[None]:
    """One line for what the user can mend; a traceback only for what we must."""
    from modelet.errors import ModeletError

    expected: tuple[type[Exception], ...] = (LocalError, PackagerError, ModeletError, OSError, *also)
    try:
        yield
    except expected as error:
        Console(stderr=True).print(Text(getattr(error, "logs", "").rstrip(), "dim"), soft_wrap=True, end="")
        # Text, not markup: a message may name `modelet[export]` or a port `:-1`.
        Console(stderr=True).print(Text.assemble(("error: ", "bold red"), str(error).rstrip()), soft_wrap=True)
        raise typer.Exit(1) from None


def _folder(name: str) -> Path:
    known = {path.name: path for path in functions_with_models(ROOT)}
    if name not in known:
        raise PackagerError(f"no function {name!r} with a model.toml; there are {', '.join(known)}")
    return known[name]


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
    from workbench.packager.package import package as package_one

    with _clear_errors(ValueError):
        if every == (name is not None):
            raise PackagerError("name a function, or give --all")
        folders = functions_with_models(ROOT) if every else [_folder(name or "")]
        results = [package_one(f, force=force, allow_below_gate=allow_below_gate, out=out) for f in folders]
    for result in results:
        console.print(reports.packaged(result))
    if not all(result.written for result in results):
        raise typer.Exit(1)


@app.command(epilog="Example: `modelet models`")
def models() -> None:
    """Show the bundles, their gate results and digests."""
    console.print(reports.models(functions_with_models(ROOT)))


@app.command(epilog="Example: `modelet calibrate embed --data my_texts.txt`")
def calibrate(
    name: FunctionName,
    data: Annotated[Path | None, typer.Option(help="Texts, one a line; without it, those that ship.")] = None,
) -> None:
    """Measure what the model's activations reach, and write the file that model.toml names for it."""
    from workbench.packager.recalibrate import calibrate as run

    with _clear_errors(ValueError):
        console.print(f"wrote {run(_folder(name), data)}; commit it, then run: modelet package {name}")


@app.command(epilog="Example: `modelet evaluate embed --data stsb_en_dev.csv`")
def evaluate(
    name: FunctionName,
    data: Annotated[Path, typer.Option(help="A labelled file: sentence pairs for embed, labelled spans for redact.")],
) -> None:
    """Measure a bundle on a labelled file."""
    from workbench.evaluation import evaluate as run

    with _clear_errors(ValueError):
        console.print(reports.evaluation(run(_folder(name), data)))


@app.command(epilog="Example: `modelet invoke embed -e events/http_embed.json`")
def invoke(
    name: Annotated[str, typer.Argument(help="A logical id (EmbedFunction) or a folder (embed).")],
    event: Annotated[Path, typer.Option("--event", "-e", help="An event file.")],
    repeat: Annotated[int, typer.Option(min=0, help="Warm repeats, for their median.")] = 0,
) -> None:
    """Send an event to a function's handler in a fresh process, as the Lambda runtime would."""
    from workbench.local.child import invoke as run
    from workbench.local.routing import named_function, read_event
    from workbench.local.template import read_template

    with _clear_errors():
        template = read_template(TEMPLATE)
        invocation = run(template, event, named_function(name, read_event(event), template).logical_id, repeat)
    console.print_json(json.dumps(invocation.answer))
    console.print(reports.invocation(invocation), soft_wrap=True)


@app.command(epilog="Example: `modelet serve --port 8080`")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve every HTTP function of template.yaml on this machine until Ctrl-C."""
    from workbench.local.server import serve as run

    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")  # metrics are for CloudWatch; logs stay
    with _clear_errors():
        run(host, port, TEMPLATE)


@app.command(epilog="Example: `modelet openapi --check`")
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Fail if the committed document is stale.")] = False,
) -> None:
    """Write docs/openapi.json, the functions' merged OpenAPI document."""
    from importlib.metadata import version

    from workbench.local import openapi as document
    from workbench.local.template import read_template

    with _clear_errors():
        template = read_template(TEMPLATE)
        if check:
            document.check(template, version("modelet"))
        else:
            console.print(f"wrote {document.write(template, version('modelet'))}")


@app.command(epilog="Example: `modelet demo --picture demo.svg`")
def demo(
    repeat: Annotated[int, typer.Option(min=0, help="Warm repeats of each event.")] = 20,
    picture: Annotated[Path | None, typer.Option(help="Save the table as an SVG file as well.")] = None,
) -> None:
    """Package every model, then send each file of events/ to its function."""
    from workbench.demo import run
    from workbench.local.template import read_template

    os.environ.setdefault("MODELET_CACHE_BYTES", "0")  # a repeat must compute again
    with _clear_errors(ValueError):
        table = run(read_template(TEMPLATE), functions_with_models(ROOT), repeat)
    console.print(table)
    console.print(reports.NEXT_STEPS, highlight=False, soft_wrap=True)
    if picture:
        recorder = Console(record=True, width=WIDTH, file=io.StringIO())
        recorder.print(table)
        recorder.save_svg(str(picture), title="make demo")


if __name__ == "__main__":
    app()
