"""Commands that run functions on this machine: invoke, serve, openapi, demo."""

import io
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workbench.cli.app import ROOT, TEMPLATE, WIDTH, app, clear_errors, console
from workbench.packager.spec import functions_with_models

__all__: list[str] = []

DEMO = ("embed", "redact", "sentiment")  # what can be shown within three minutes of a clone


@app.command(epilog="Example: `modelet invoke embed -e events/http_embed.json --memory 512`")
def invoke(
    name: Annotated[str, typer.Argument(help="A logical id (EmbedFunction) or a folder (embed).")],
    event: Annotated[Path, typer.Option("--event", "-e", help="An event file.")],
    memory: Annotated[
        int | None, typer.Option(min=128, max=10240, help="MB; limits memory and CPU as Lambda does, by a cgroup.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=0, help="Warm repeats, for their median.")] = 0,
) -> None:
    """Send an event to a function in a fresh execution environment, under AWS's runtime emulator."""
    from workbench import reports
    from workbench.emulator.environment import ExecutionEnvironment
    from workbench.emulator.limits import limit_notes
    from workbench.local.routing import named_function, read_event
    from workbench.local.template import read_template

    os.environ.setdefault("MODELET_CACHE_BYTES", "0")  # a repeat must compute again
    with clear_errors():
        template, content = read_template(TEMPLATE), read_event(event)
        function = named_function(name, content, template)
        with ExecutionEnvironment(function, template.root, memory=memory) as environment:
            runs = [environment.invoke(content) for _ in range(1 + repeat)]
    console.print_json(json.dumps(runs[0].answer))
    console.print(reports.invocation(runs), soft_wrap=True)
    for note in limit_notes(memory) if memory else ():
        console.print(note, highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: `modelet serve --port 8080`")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve every HTTP function of template.yaml on this machine until Ctrl-C."""
    from workbench.local.server import serve as run

    os.environ.setdefault("MODELET_METRICS", "false")  # metrics are for CloudWatch; logs stay
    with clear_errors():
        run(host, port, TEMPLATE)


@app.command(epilog="Example: `modelet openapi --check`")
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Fail if the committed document is stale.")] = False,
) -> None:
    """Write docs/openapi.json, the functions' merged OpenAPI document."""
    from importlib.metadata import version

    from workbench.local import openapi as document
    from workbench.local.template import read_template

    with clear_errors():
        template = read_template(TEMPLATE)
        if check:
            document.check(template, version("modelet"))
        else:
            console.print(f"wrote {document.write(template, version('modelet'))}")


@app.command(epilog="Example: `modelet demo --all --picture demo.svg`")
def demo(
    every: Annotated[bool, typer.Option("--all", help=f"Every function, not only {', '.join(DEMO)}.")] = False,
    repeat: Annotated[int, typer.Option(min=0, help="Warm repeats of each event.")] = 20,
    picture: Annotated[Path | None, typer.Option(help="Save the table as an SVG file as well.")] = None,
) -> None:
    """Package models, then send each file of events/ that is for their functions."""
    from workbench import reports
    from workbench.demo import run
    from workbench.local.template import read_template

    os.environ.setdefault("MODELET_CACHE_BYTES", "0")  # a repeat must compute again
    with clear_errors(ValueError):
        functions = [one for one in functions_with_models(ROOT) if every or one.name in DEMO]
        table = run(read_template(TEMPLATE), functions, repeat)
    console.print(table)
    console.print(reports.NEXT_STEPS, highlight=False, soft_wrap=True)
    if picture:
        recorder = Console(record=True, width=WIDTH, file=io.StringIO())
        recorder.print(table)
        recorder.save_svg(str(picture), title="make demo-all" if every else "make demo")
