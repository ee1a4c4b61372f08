"""Commands that measure functions: coldstart, tune."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.app import TEMPLATE, app, clear_errors, console
from workbench.local.errors import LocalError

__all__ = ["require_matplotlib"]


@app.command(epilog="Example: `modelet coldstart embed redact --picture coldstart.png`")
def coldstart(
    names: Annotated[list[str], typer.Argument(help="Logical ids (EmbedFunction) or folders (embed).")],
    runs: Annotated[int, typer.Option(min=1, help="Fresh processes of each.")] = 10,
    picture: Annotated[Path | None, typer.Option(help="Draw a stacked bar for each as a PNG file as well.")] = None,
) -> None:
    """Show where the time goes from the start of a process to its first answer: interpreter, imports, bundle."""
    from workbench.coldstart.measure import measure
    from workbench.coldstart.report import coldstart_table
    from workbench.local.routing import find_target
    from workbench.local.template import read_template

    with clear_errors():
        if picture:
            require_matplotlib()
        template = read_template(TEMPLATE)
        starts = measure([find_target(name, template) for name in names], template.root, runs)
    console.print(coldstart_table(starts, runs))
    if picture:
        from workbench.coldstart.picture import draw

        draw(starts, picture)
        console.print(f"wrote {picture}", highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: `modelet tune embed --memory 512 --memory 1769 --picture tune.png`")
def tune(
    name: Annotated[str, typer.Argument(help="A logical id (EmbedFunction) or a folder (embed).")],
    event: Annotated[
        Path | None,
        typer.Option("--event", "-e", help="An event file; by default the first of events/ that the function takes."),
    ] = None,
    memory: Annotated[
        list[int] | None, typer.Option(min=128, max=10240, help="MB; again for each size. By default 256 to 3008.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Fresh environments at each size.")] = 5,
    repeat: Annotated[int, typer.Option(min=1, help="Warm calls in each.")] = 30,
    watts: Annotated[
        float | None, typer.Option(min=0, help="Of a busy vCPU, for the energy; else the machine's own counter.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Plot latency and cost as a PNG file as well.")] = None,
) -> None:
    """Measure a function's latency, cost and energy by memory size, each in a cgroup with Lambda's share of CPU."""
    from workbench.local.routing import find_target, named_function, read_event
    from workbench.local.template import read_template
    from workbench.tune.energy import find_meter
    from workbench.tune.report import sweep_notes, sweep_table
    from workbench.tune.sweep import SIZES, sweep

    with clear_errors():
        if picture:
            require_matplotlib()
        template, meter = read_template(TEMPLATE), find_meter(watts)
        content = read_event(event or find_target(name, template).event)
        function = named_function(name, content, template)
        sizes = sweep(function, template.root, content, meter, sizes=memory or SIZES, rounds=rounds, repeat=repeat)
    console.print(sweep_table(function, sizes))
    console.print(
        "\n".join(sweep_notes(sizes, meter.source)), style="dim", highlight=False, markup=False, soft_wrap=True
    )
    if all(size.failure for size in sizes):
        raise typer.Exit(1)
    if picture:
        from workbench.tune.picture import draw

        draw(function, sizes, picture)
        console.print(f"wrote {picture}", highlight=False, markup=False, soft_wrap=True)


def require_matplotlib() -> None:
    if find_spec("matplotlib") is None:
        raise LocalError("matplotlib, which draws the picture, is missing: pip install -e '.[measure]'")
