"""The gateway on uvicorn until Ctrl-C; `make serve` is the one over handlers in this process."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from pathlib import Path

import uvicorn
from rich.console import Console
from rich.table import Table
from rich.text import Text
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.local.errors import LocalError, PortInUseError
from workbench.local.executor import Executor, InProcessExecutor
from workbench.local.gateway import create_gateway
from workbench.local.template import Template, read_template

__all__ = ["AccessLog", "listen", "run_gateway", "serve", "tell_address", "until_signalled", "ways_in"]

_STYLES = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class AccessLog:
    """ASGI middleware that prints a line for each request: method, path, status, milliseconds, function.

    A request that is cancelled, as when the server stops, is answered with 503 if nothing has been sent yet.
    """

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        status, start = 0, time.perf_counter()

        async def observe(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, observe)
        except asyncio.CancelledError:  # not raised again: the server would print it with its traceback
            if not status:
                await JSONResponse({"message": "Service Unavailable"}, 503)(scope, receive, observe)
        finally:
            ms = (time.perf_counter() - start) * 1000
            # The undecoded path: a decoded one could carry control characters to the terminal.
            path = scope["raw_path"].decode("latin-1")
            self._print(scope["method"], path, status or 500, ms, state.get("function", ""))

    def _print(self, method: str, path: str, status: int, ms: float, function: str) -> None:
        style = _STYLES.get(status // 100, "")
        line = Text.assemble(f"{method:<7}{path:<28} ", (str(status), style), f"{ms:9.1f} ms  ", (function, "dim"))
        self._console.print(line, soft_wrap=True)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises PortInUseError, or LocalError when the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, socket.IPPROTO_TCP)[
            0
        ]
        with ExitStack() as opened:
            # asyncio turns Nagle's algorithm off, 40 ms a request, only where the protocol is named.
            server = opened.enter_context(socket.socket(family, kind, protocol))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
            server.listen()
            opened.pop_all()
        return server
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(f"{host}:{port} is taken: stop what listens there, or choose another port") from error
        raise LocalError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


@contextmanager
def until_signalled() -> Iterator[None]:
    """The block ends in order, with all that it opened, at Ctrl-C and SIGTERM alike; neither is an error."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def ways_in(template: Template) -> Table:
    """A row for each route: the request, the function that answers it, and room for a remark."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    for function in template.http_functions:
        for route in function.routes:
            table.add_row(route.key, function.logical_id)
    return table


def tell_address(server: socket.socket, console: Console) -> None:
    """The last line of a greeting."""
    host, port = server.getsockname()[:2]
    console.print(f"Listening on http://{host}:{port} (Swagger UI at /docs); Ctrl-C stops.", highlight=False)


class _Server(uvicorn.Server):
    """Calls `stopping` at a signal, before it waits for the requests under way."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def run_gateway(
    template: Template, executor: Executor, server: socket.socket, console: Console, stop: Callable[[], None]
) -> None:
    """Answer HTTP requests, a line for each, until a signal; raises KeyboardInterrupt then.

    `stop` is called at the signal, while requests under way have 5 s to end.
    """

    def stopping() -> None:
        console.print("stopping")
        stop()

    app = AccessLog(create_gateway(template, executor), console)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=5
    )
    _Server(config, stopping).run(sockets=[server])


def serve(host: str = "127.0.0.1", port: int = 8000, template_path: Path = Path("template.yaml")) -> None:
    """Serve the template's HTTP functions until Ctrl-C; port 0 takes a free one.

    Access lines go to stdout, what the functions log to stderr. Raises LocalError when the port is taken, the template
    is wrong or a function fails at INIT.
    """
    template = read_template(template_path)
    console = Console(file=sys.stdout)
    with (
        until_signalled(),
        closing(listen(host, port)) as server,
        redirect_stdout(sys.stderr),
        InProcessExecutor(template.http_functions, template.root) as executor,
    ):
        console.print(ways_in(template))
        tell_address(server, console)
        run_gateway(template, executor, server, console, stop=lambda: None)
    console.print("stopped")
