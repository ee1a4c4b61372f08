"""`modelet local` as a user starts it: routes, queues, many requests at once, and an end that leaves nothing behind."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest

from workbench.tune.energy import cpu_seconds

BUSY = '{"message":"Service Unavailable"}'
TEXTS = [f"The train number {number} leaves at nine." for number in range(200)]
# Seconds of work: the same text is answered once, so no two are the same.
LONG = {"input": [f"{i} " + "The train leaves at nine. " * 40 for i in range(600)], "encoding_format": "base64"}


@dataclass(frozen=True)
class Local:
    """A `modelet local`, its addresses, and where it writes."""

    process: subprocess.Popen[str]
    told: str
    url: str
    endpoint: str
    queues: list[str]
    log: Path
    temporary: Path

    def sqs(self) -> Any:
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return boto3.client("sqs", endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def send(self, body: str) -> str:
        """Send to EmbedQueue; the id of the message."""
        message_id: str = self.sqs().send_message(QueueUrl=self.queues[0], MessageBody=body)["MessageId"]
        return message_id

    def runtimes(self) -> list[int]:
        """The processes that functions run in."""
        return [pid for pid, line in _commands(self.temporary) if re.search(r"^\S*python\S* -P -m awslambdaric ", line)]

    def processes(self) -> list[str]:
        """The command lines of all processes that it started, itself left out."""
        return [line for pid, line in _commands(self.temporary) if pid != self.process.pid]


def _commands(temporary: Path) -> Iterator[tuple[int, str]]:
    """Process id and command line of whatever has this folder for temporary files."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={temporary}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            pass  # it ended meanwhile


def until(condition: Callable[[], object], patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


@contextmanager
def modelet_local(root: Path, folder: Path, *options: str) -> Iterator[Local]:
    log, temporary = folder / "log", folder / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-u", "-m", "workbench.cli", "local", "--port", "0", *options]
    variables = os.environ | {"TMPDIR": str(temporary), "MODELET_CACHE_BYTES": "0"}
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=root, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout
            told = "".join(iter(lambda: _line(process), ""))
            (url,) = re.findall(r"Listening on (\S+)", told)
            (endpoint,) = re.findall(r"AWS_ENDPOINT_URL=(\S+)", told)
            queues = re.findall(r'QueueUrl="([^"]+)"', told)
            yield Local(process, told, url, endpoint, queues, log, temporary)
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    """A line of the greeting; nothing after its last one."""
    assert process.stdout
    line = "" if getattr(process, "greeted", False) else process.stdout.readline()
    process.greeted = "Listening on" in line  # type: ignore[attr-defined]
    return line


@pytest.fixture(scope="module")
def local(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp("local")
    with modelet_local(bundles, folder, "--concurrency", "4", "--visibility-timeout", "30") as local:
        yield local


def embed(local: Local, text: str) -> httpx.Response:
    return httpx.post(f"{local.url}/v1/features", json={"inputs": text}, timeout=60)


def assert_right(answer: httpx.Response, text: str) -> None:
    from functions.embed.service import predictor  # not while tests are collected: it begins this process's INIT

    assert answer.json() == [predictor.predict([text])[0].vector.tolist()]


def test_a_message_is_answered_by_its_worker(local: Local) -> None:
    good, bad = local.send('{"input": "The train leaves at nine."}'), local.send("{")
    until(lambda: {good, bad} <= set(re.findall(r'"message_id":"([^"]+)"', local.log.read_text())))
    lines = [line for line in local.log.read_text().splitlines() if good in line or bad in line]
    assert all(line.startswith("EmbedWorker {") for line in lines)
    told = {entry["message_id"]: entry["message"] for entry in map(json.loads, (line[12:] for line in lines))}
    assert told == {good: "answered", bad: "refused"}


def _answers(local: Local, worker: str) -> int:
    return len(re.findall(rf'^{worker} .*"message":"answered"', local.log.read_text(), re.MULTILINE))


def test_the_lines_that_are_printed_send_a_message(local: Local) -> None:
    lines = re.findall(r"^  (export .*|\S* -c 'import boto3.*)$", local.told, re.MULTILINE)
    assert len(lines) == 1 + len(local.queues)
    before = {name: _answers(local, name) for name in ("EmbedWorker", "RedactWorker")}
    subprocess.run(["/bin/sh", "-ec", "\n".join(lines)], check=True, capture_output=True)
    until(lambda: all(_answers(local, name) > count for name, count in before.items()))


def test_requests_beyond_the_limit_are_refused_and_no_answer_is_anothers(local: Local) -> None:
    with ThreadPoolExecutor(len(TEXTS)) as clients:
        answers = list(clients.map(lambda text: embed(local, text), TEXTS))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, answer.text) for answer in refused} == {(503, BUSY)}
    assert len(answers) - len(refused) >= 4
    for answer, text in zip(answers, TEXTS, strict=True):
        if answer.status_code == 200:
            assert_right(answer, text)


def test_clients_that_try_again_are_all_answered(local: Local) -> None:
    def persist(text: str) -> httpx.Response:
        while (answer := embed(local, text)).status_code == 503:
            time.sleep(random.uniform(0.1, 0.5))
        return answer

    with ThreadPoolExecutor(len(TEXTS)) as clients:
        answers = list(clients.map(persist, TEXTS))
    for answer, text in zip(answers, TEXTS, strict=True):
        assert_right(answer, text)


def until_busy(local: Local) -> None:
    """Wait for a function that has worked for half a second more, which an idle one never does."""
    spent = {pid: cpu_seconds(pid) for pid in local.runtimes()}
    until(lambda: any(cpu_seconds(pid) > before + 0.5 for pid, before in spent.items()))


def idle(local: Local) -> None:
    """Nothing to do, but to listen."""
    assert httpx.get(f"{local.url}/health").status_code == 200


def in_the_middle_of_init(local: Local) -> None:
    local.send('{"input": "The train leaves at nine."}')
    until(lambda: any(" -m awslambdaric " in line for line in local.processes()))


def in_the_middle_of_a_batch(local: Local) -> None:
    answered = local.send('{"input": "The train leaves at nine."}')
    until(lambda: answered in local.log.read_text())
    local.send(json.dumps(LONG))
    until_busy(local)


def in_the_middle_of_a_request(local: Local) -> None:
    embed(local, "The train leaves at nine.")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{local.url}/v1/embeddings", json=LONG, timeout=1)
    until_busy(local)


@pytest.mark.parametrize(
    ("way", "when"),
    [
        (signal.SIGINT, idle),
        (signal.SIGINT, in_the_middle_of_init),
        (signal.SIGINT, in_the_middle_of_a_request),
        (signal.SIGTERM, in_the_middle_of_a_batch),
    ],
)
def test_a_signal_leaves_no_process_no_port_and_no_file(
    bundles: Path, tmp_path: Path, way: signal.Signals, when: Callable[[Local], None]
) -> None:
    with modelet_local(bundles, tmp_path, "--memory", "1769") as local:
        when(local)
        local.process.send_signal(way)
        rest, _ = local.process.communicate(timeout=30)
        lines = rest.splitlines()
        assert (local.process.returncode, lines[-1]) == (0, "stopped")
        assert "stopping" in lines
        assert local.processes() == []
        for address in (local.url, local.endpoint):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", urlsplit(address).port or 0))
        assert {path.name for path in local.temporary.iterdir()} <= {".ses"}  # onnxruntime's, of whoever imports it
        assert not list(Path("/sys/fs/cgroup").glob(f"**/modelet-{local.process.pid}-*"))
        assert "Traceback" not in local.log.read_text()
