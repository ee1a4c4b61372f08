"""The command that runs the whole stack on this machine."""

import os
from typing import Annotated

import typer

from workbench.cli.app import TEMPLATE, app, clear_errors

__all__: list[str] = []


@app.command(epilog="Example: `modelet local --concurrency 2 --visibility-timeout 10`")
def local(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the HTTP API; 0 takes a free one.")] = 8000,
    concurrency: Annotated[int, typer.Option(min=1, help="Most execution environments of a function.")] = 4,
    memory: Annotated[
        int | None, typer.Option(min=128, max=10240, help="MB; limits memory and CPU as Lambda does, by a cgroup.")
    ] = None,
    visibility_timeout: Annotated[
        int | None,
        typer.Option(min=1, max=43200, help="Seconds until a failed message comes again; the template's by default."),
    ] = None,
) -> None:
    """Run every function, route and queue of template.yaml on this machine until Ctrl-C, without an account."""
    from workbench.cloud.server import serve_stack

    os.environ.setdefault("MODELET_METRICS", "false")  # metrics are for CloudWatch; logs stay
    with clear_errors():
        serve_stack(TEMPLATE, port=port, concurrency=concurrency, memory=memory, visibility_timeout=visibility_timeout)
