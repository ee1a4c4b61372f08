"""`make serve`: the gateway over handlers in this process, on uvicorn, until Ctrl-C."""

from __future__ import annotations

import errno
import socket
import sys
import time
from contextlib import ExitStack, closing, redirect_stdout, suppress
from pathlib import Path

import uvicorn
from rich.console import Console
from rich.text import Text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.local.errors import LocalError, PortInUseError
from workbench.local.executor import InProcessExecutor
from workbench.local.gateway import create_gateway
from workbench.local.template import Template, read_template

__all__ = ["AccessLog", "listen", "serve"]

_STYLES = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class AccessLog:
    """ASGI middleware that prints a line for each request: method, path, status, milliseconds, function."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        status, start = 500, time.perf_counter()

        async def observe(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            ms = (time.perf_counter() - start) * 1000
            # The undecoded path: a decoded one could carry control characters to the terminal.
            path = scope["raw_path"].decode("latin-1")
            self._print(scope["method"], path, status, ms, state.get("function", ""))

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


def serve(host: str = "127.0.0.1", port: int = 8000, template_path: Path = Path("template.yaml")) -> None:
    """Serve the template's HTTP functions until Ctrl-C; port 0 takes a free one.

    Access lines go to stdout, what the functions log to stderr. Raises LocalError when the port is taken, the template
    is wrong or a function fails at INIT.
    """
    template = read_template(template_path)
    console = Console(file=sys.stdout)
    with closing(listen(host, port)) as server, redirect_stdout(sys.stderr):
        _run(template, server, console)


def _greet(template: Template, server: socket.socket, console: Console) -> None:
    host, port = server.getsockname()[:2]
    for function in template.http_functions:
        for route in function.routes:
            console.print(f"  {route.key:<28}{function.logical_id}", highlight=False)
    console.print(f"Listening on http://{host}:{port} (Swagger UI at /docs); Ctrl-C stops.", highlight=False)


def _run(template: Template, server: socket.socket, console: Console) -> None:
    with InProcessExecutor(template.http_functions, template.root) as executor:
        app = AccessLog(create_gateway(template, executor), console)
        _greet(template, server, console)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=5
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[server])
    console.print("stopped")
