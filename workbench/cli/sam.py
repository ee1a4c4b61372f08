"""The command that sends events through SAM CLI: sam-local."""

from typing import Annotated

import typer

from workbench.build.target import HOST, Arch
from workbench.cli.app import TEMPLATE, app, clear_errors, console

__all__: list[str] = []


@app.command("sam-local", epilog="Example: `modelet sam-local --image`")
def sam_local(
    image: Annotated[bool, typer.Option("--image", help="The functions of template-image.yaml.")] = False,
    arch: Annotated[Arch, typer.Option(help="What was built for; an image's template says it itself.")] = HOST,
) -> None:
    """Send each file of events/ through `sam local invoke`; fails if an answer is not the one of this machine."""
    from workbench.local.template import read_template
    from workbench.progress import track
    from workbench.sam.events import invoke_events, select_events
    from workbench.sam.report import report

    with clear_errors():
        template = read_template(TEMPLATE)
        events = select_events(template, image)
        outcomes = list(track(invoke_events(template, events, image, arch), "sam local invoke", len(events)))
    console.print(report(outcomes))
    if not all(outcome.same for outcome in outcomes):
        raise typer.Exit(1)
