"""`modelet local`: a template's whole stack on this machine, told of on the terminal, until Ctrl-C."""

from __future__ import annotations

import json
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
from workbench.emulator.limits import limit_notes, unavailable
from workbench.local.intrinsics import REGION
from workbench.local.routing import event_targets, read_event
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
        _greet(stack, server, console, [*_limits(memory), *_overridden(visibility_timeout), *_ignored(stack.template)])
        run_gateway(stack.template, stack.executor, server, console, stack.stop_polling)
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


def _limits(memory: int | None) -> Iterator[str]:
    if memory is None:
        yield "Memory and CPU are not limited; --memory does it, as Lambda would."
        return
    if unavailable() is None:
        yield f"Each environment has at most {memory:,} MB of memory, and CPU in proportion: 1,769 MB are one core."
    yield from limit_notes(memory)


def _overridden(visibility_timeout: int | None) -> Iterator[str]:
    if visibility_timeout is not None:
        yield (
            f"Queues hide a message for {visibility_timeout:,} s instead of the template's time: a batch that takes "
            "longer is also answered again, and Lambda would refuse less than the function's timeout."
        )


def _ignored(template: Template) -> Iterator[str]:
    for event in template.ignored:
        yield f"{event} is not run locally."


def _examples(stack: Stack) -> Iterator[str]:
    """What leads an AWS client here, and a message for each queue that has one among the events."""
    exports = {**stack.services.variables, "AWS_DEFAULT_REGION": REGION}
    yield "For AWS clients:"
    yield f"  export {' '.join(f'{name}={value}' for name, value in exports.items())}"
    bodies = dict(_messages(stack.template))
    for poller in stack.pollers:
        yield f"  {_send_line(poller.queue.url, bodies.get(poller.function.logical_id, 'a message'))}"


def _send_line(url: str, body: str) -> str:
    """A line for the shell; Python reads JSON's texts."""
    arguments = f'QueueUrl="{url}", MessageBody={json.dumps(body, ensure_ascii=False)}'
    code = f'import boto3; boto3.client("sqs").send_message({arguments})'
    return shlex.join([sys.executable, "-c", code])


def _messages(template: Template) -> Iterator[tuple[str, str]]:
    """A message body for the workers that events/ has one for."""
    for target in event_targets(template):
        match read_event(target.event):
            case {"Records": [{"body": str(body)}, *_]}:
                yield target.function.logical_id, body
