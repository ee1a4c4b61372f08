"""Containers for the tests that need them: a machine that cannot run one skips with the reason, and fails in CI."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, unavailable
from workbench.build.target import IMAGE
from workbench.sam.command import SamError, built_template, sam_path

PATIENCE_S = 60


@pytest.fixture(scope="session")
def docker() -> None:
    """A container of Lambda's image runs here."""
    command = ["docker", "run", "--rm", "--pull=never", "--network=none", "--entrypoint=python3", IMAGE, "-c", ""]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        unavailable("no command `docker`")
    except subprocess.CalledProcessError as error:
        unavailable(f"no container of {IMAGE} runs here: {error.stderr.splitlines()[0]}")


@pytest.fixture(scope="session")
def built(docker: None) -> Path:
    """The template that `make build` made."""
    try:
        sam_path(ROOT)
        return built_template(ROOT)
    except SamError as error:
        unavailable(str(error))


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server process in the project's root, ended as by Ctrl-C; its output goes to `log`."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def wait_until(condition: Callable[[], bool], what: str, log: Path | None = None) -> None:
    """Wait for what a server is to do; fails, with its log, when that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: nothing after {PATIENCE_S} s\n{log.read_text(errors='replace') if log else ''}")
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def url(bundles: Path) -> Iterator[str]:
    """The address of a gateway, which must end in peace at SIGINT and leave its port free."""
    port = free_port()
    command = [sys.executable, "-u", "-m", "workbench.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=bundles, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            greeting = next((line for line in process.stdout if "Listening on" in line), "")
            assert f"http://127.0.0.1:{port} " in greeting
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGINT)
            log, _ = process.communicate(timeout=15)
            assert process.returncode == 0
            assert "Traceback" not in log
            socket.create_server(("127.0.0.1", port)).close()
        finally:
            process.kill()
