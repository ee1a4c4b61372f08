"""AWS's services in this process: moto behind HTTP on 127.0.0.1 (https://docs.getmoto.org/en/latest/docs/server_mode.html)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from workbench.cloud.invoking import InvokeApi
from workbench.local.errors import LocalError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["moto_server"]


@contextmanager
def moto_server() -> Iterator[tuple[str, InvokeApi]]:
    """The endpoint of a fresh moto, and what functions are reached by there.

    One at a time in a process, since its state belongs to the process.

    Raises LocalError where moto is not installed.
    """
    try:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
        from moto.sqs.models import Queue
        from werkzeug.serving import make_server
        from werkzeug.test import Client
    except ImportError as error:
        raise LocalError(f"{error.name} is not installed: pip install -e '.[local]'") from error

    class Quiet(MotoRequestHandler):
        def log(self, *_: Any) -> None:
            """No line for each request."""

    turn = threading.Lock()
    app = _in_turn(DomainDispatcherApplication(create_backend_app), turn)
    Client(app).post("/moto-api/reset")
    Client(app).post("/moto-api/config", json={"stepfunctions": {"execute_state_machine": True}})
    api = InvokeApi(app)
    server = make_server("127.0.0.1", 0, api, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name="moto", daemon=True)
    with (
        patch.object(Queue, "wait_for_messages", _letting_others_pass(Queue.wait_for_messages, turn)),
        patch.dict(os.environ, {"MOTO_PORT": str(server.port)}),  # where its state machines find the others
    ):
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}", api
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _in_turn(app: WSGIApplication, turn: threading.Lock) -> WSGIApplication:
    """One request at a time: moto's queues lose and double messages when requests overlap.

    `Queue.delete_message` rebuilds the list of messages and drops what another thread adds meanwhile.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        with turn:
            return app(environ, start_response)

    return answer


def _letting_others_pass(wait: Any, turn: threading.Lock) -> Any:
    """A long poll's `wait`, which would keep all other requests from being answered."""

    def wait_for_messages(queue: Any, timeout: int) -> None:
        turn.release()
        try:
            wait(queue, timeout)
        finally:
            turn.acquire()

    return wait_for_messages
