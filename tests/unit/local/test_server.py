"""The access log, when a request is cancelled as the server stops."""

import asyncio
import io
import re
from typing import Any

import pytest
from rich.console import Console
from starlette.types import Message, Receive, Scope, Send

from workbench.local.server import AccessLog

SCOPE = {"type": "http", "method": "POST", "raw_path": b"/v1/slow", "headers": []}
HALF = [{"type": "http.response.start", "status": 200, "headers": []}]


@pytest.mark.parametrize(
    ("begun", "status"),
    [([], 503), (HALF, 200)],
)
def test_a_cancelled_request_is_answered_once_and_logged(begun: list[Message], status: int) -> None:
    sent: list[Any] = []
    log = io.StringIO()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for message in begun:
            await send(message)
        await asyncio.sleep(60)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def stop() -> None:
        request = asyncio.ensure_future(AccessLog(slow, Console(file=log))(SCOPE, receive, send))
        await asyncio.sleep(0)
        request.cancel()
        await request

    asyncio.run(stop())
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [status]
    assert re.match(rf"POST +/v1/slow +{status} ", log.getvalue())
