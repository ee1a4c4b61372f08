"""`modelet local`: a template's whole stack on this machine, told of on the terminal, until Ctrl-C."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.text import Text

from workbench.cloud.mapping import Poller
from workbench.cloud.stack import Stack, local_stack
from workbench.emulator.limits import unavailable
from workbench.local.intrinsics import REGION
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.server import listen, run_gateway, tell_address, until_signalled, ways_in
from workbench.local.template import Function, Template

__all__ = ["serve_stack"]


def serve_stack(
    template_path: Path, *, port: int, concurrency: int, memory: int | None, visibility_timeout: int | None
) -> None:
    """Run everything until Ctrl-C or SIGTERM; port 0 takes a free one.

    Access lines go to stdout, what the functions log to stderr. Raises LocalError when the port is taken, the template
    is wrong, or the emulator or moto cannot be had.
    """
    console, errors = Console(file=sys.stdout), Console(stderr=True)

    def log(function: Function, line: str) -> None:
        errors.print(Text.assemble((f"{function.logical_id} ", "dim"), line), soft_wrap=True)

    with (
        until_signalled(),
        closing(listen("127.0.0.1", port)) as server,
        local_stack(
            template_path, concurrency=concurrency, memory=memory, visibility_timeout=visibility_timeout, log=log
        ) as stack,
    ):
        _greet(stack, server, console, [_limits(memory), *_overridden(visibility_timeout)])
        run_gateway(stack.template, stack.executor, server, console)
    console.print("stopped")


def _greet(stack: Stack, server: socket.socket, console: Console, notes: Sequence[str]) -> None:
    table = ways_in(stack.template)
    for poller in stack.pollers:
        table.add_row(poller.mapping.queue, poller.function.logical_id, _polling(poller))
    console.print(table)
    console.print(*notes, *_examples(stack), sep="\n", highlight=False, soft_wrap=True)
    tell_address(server, console)


def _polling(poller: Poller) -> str:
    size, seconds = poller.mapping.batch_size, poller.queue.visibility_timeout
    return f"batches of {size}; failures come again after {seconds:,} s"


def _limits(memory: int | None) -> str:
    if memory is None:
        return "Memory and CPU are not limited; --memory does it, as Lambda would."
    if reason := unavailable():
        return f"Memory and CPU are not limited: {reason}."
    return f"Each environment has at most {memory:,} MB of memory, and CPU in proportion: 1,769 MB are one core."


def _overridden(visibility_timeout: int | None) -> Iterator[str]:
    if visibility_timeout is not None:
        yield (
            f"Queues hide a message for {visibility_timeout:,} s instead of the template's time: a batch that takes "
            "longer is also answered again, and Lambda would refuse less than the function's timeout."
        )


def _examples(stack: Stack) -> Iterator[str]:
    """What leads an AWS client here, and a message for each queue that has one among the events."""
    exports = {**stack.services.variables, "AWS_DEFAULT_REGION": REGION}
    yield "For AWS clients:"
    yield f"  export {' '.join(f'{name}={value}' for name, value in exports.items())}"
    bodies = dict(_messages(stack.template))
    for poller in stack.pollers:
        body = shlex.quote(bodies.get(poller.function.logical_id, "a message"))
        yield f"  aws sqs send-message --queue-url {poller.queue.url} --message-body {body}"


def _messages(template: Template) -> Iterator[tuple[str, str]]:
    """A message body for the workers that events/ has one for."""
    for path in event_paths(template.root / "events"):
        event = read_event(path)
        if "Records" in event:
            yield function_for(event, template).logical_id, event["Records"][0]["body"]
