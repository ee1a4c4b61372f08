"""Everything of a template at once: its services, its functions under AWS's emulator, its queues' pollers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.cloud.mapping import Poller, Queue
from workbench.cloud.services import Services, local_services
from workbench.emulator.pool import EmulatedExecutor
from workbench.local.errors import TemplateError
from workbench.local.event_source import EventSourceMapping
from workbench.local.template import Function, Template, read_document, read_template

__all__ = ["Stack", "local_stack"]

_GRACE_S = 5  # for batches that are with a function when the stack ends

Log = Callable[[Function, str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    """A template that runs: send to its queues by `services`, or invoke its functions by `executor`."""

    template: Template
    services: Services
    executor: EmulatedExecutor
    pollers: Sequence[Poller]

    def stop_polling(self) -> None:
        """Take no more messages; batches that are with a function go on."""
        for poller in self.pollers:
            poller.stop()


@contextmanager
def local_stack(
    template_path: Path,
    *,
    concurrency: int,
    memory: int | None = None,
    visibility_timeout: int | None = None,
    log: Log,
) -> Iterator[Stack]:
    """The template's stack until the block ends; no process and no port is left then.

    concurrency is the most environments a function has; memory, in MB, replaces the template's and is enforced where
    the machine allows it. visibility_timeout, in seconds, stands in for that of every queue.
    """
    with ExitStack() as opened:
        services = opened.enter_context(local_services(read_document(template_path), visibility_timeout))
        template = read_template(template_path, services.references)
        executor = opened.enter_context(
            EmulatedExecutor(
                template.functions,
                template.root,
                concurrency=concurrency,
                memory=memory,
                variables=services.variables,
                log=log,
            )
        )
        if services.functions is not None:
            services.functions.invoke = lambda name, event: executor.invoke(template.function(name), event)
        pollers = list(_pollers(template, services, executor, concurrency, log))
        if visibility_timeout is None:
            _check_visibility(pollers)
        stack = Stack(template, services, executor, pollers)
        opened.callback(_close, stack)
        for poller in pollers:
            poller.start()
        yield stack


def _pollers(
    template: Template, services: Services, executor: EmulatedExecutor, concurrency: int, log: Log
) -> Iterator[Poller]:
    """One for each enabled mapping. None asks for more environments than there are, so none is throttled for long."""
    sqs = services.client("sqs")
    for function in template.functions:
        for mapping in (one for one in function.mappings if one.enabled):
            queue = _queue(function, mapping, services, sqs)
            at_once = min(mapping.maximum_concurrency or concurrency, concurrency)
            yield Poller(function, mapping, queue, sqs, executor, concurrency=at_once, log=log)


def _queue(function: Function, mapping: EventSourceMapping, services: Services, sqs: Any) -> Queue:
    """The mapping's queue; raises TemplateError if it was not made, or is of a kind that is not polled."""
    url = services.references.get(mapping.queue)
    if url is None:
        raise TemplateError(f"{function.logical_id}: its queue {mapping.queue} is none that the template makes")
    if url.endswith(".fifo"):
        raise TemplateError(f"{function.logical_id}: {mapping.queue} is a FIFO queue, which is not supported locally")
    names = ["QueueArn", "VisibilityTimeout"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return Queue(url, attributes["QueueArn"], int(attributes["VisibilityTimeout"]))


def _check_visibility(pollers: Sequence[Poller]) -> None:
    """Raise TemplateError for what Lambda refuses: a message that comes again while it may still be worked on."""
    for one in pollers:
        visible, timeout = one.queue.visibility_timeout, one.function.timeout
        if visible < timeout:
            raise TemplateError(
                f"{one.mapping.queue}.VisibilityTimeout: {visible} s is less than the {timeout} s "
                f"that {one.function.logical_id} may take"
            )


def _close(stack: Stack) -> None:
    """Stop all at once; a batch that takes longer fails when its environment ends."""
    stack.stop_polling()
    deadline = time.monotonic() + _GRACE_S
    for poller in stack.pollers:
        poller.close(max(deadline - time.monotonic(), 0))
