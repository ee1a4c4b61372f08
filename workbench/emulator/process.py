"""One process of the emulator, with the runtime's process under it."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

from workbench.emulator.binary import emulator_binary

__all__ = ["EmulatorProcess"]

# Whoever it starts, however we end: the kernel ends it when its parent is gone. The parent is the *thread* that
# started it, so that must be one that stays (https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html).
_TIED = ("setpriv", "--pdeathsig", "KILL", "--")
_STARTER = ThreadPoolExecutor(1, "emulator starter")


class EmulatorProcess:
    """`aws-lambda-rie` on two free ports of 127.0.0.1; the runtime's process starts at the first invocation.

    The runtime's stdout and stderr are the descriptor `log`; `groups` are the `cgroup.procs` files that it joins.
    `started` is the monotonic time just before the process began.
    """

    def __init__(
        self, runtime: Sequence[str], variables: Mapping[str, str], folder: Path, log: int, groups: Sequence[Path] = ()
    ) -> None:
        with ExitStack() as opened:
            self._said = opened.enter_context(open(os.memfd_create("platform log"), "rb"))
            ports = [opened.enter_context(_reserved_port()) for _ in range(2)]
            api, runtime_api = (f"127.0.0.1:{port.getsockname()[1]}" for port in ports)
            command = [*_TIED, str(emulator_binary()), "--log-level", "info"]
            command += ["--runtime-interface-emulator-address", api, "--runtime-api-address", runtime_api]
            command += [*_TIED, *_launcher(log, groups), *runtime]
            self.port: int = ports[0].getsockname()[1]
            self.started = time.monotonic()
            self._process = _STARTER.submit(self._start, command, variables, folder).result()
            self._opened = opened.pop_all()

    def _start(self, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
        said = os.open(f"/proc/self/fd/{self._said.fileno()}", os.O_WRONLY | os.O_APPEND)
        try:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for us to handle
            )
        finally:
            os.close(said)

    @property
    def pid(self) -> int:
        """The emulator's process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the emulator's process is there."""
        if self._process.returncode is not None:
            return False
        # Not `poll`: it frees the process id, which names the session that `kill` ends.
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def connect(self, patience: float = 10) -> socket.socket:
        """A connection to the emulator as soon as it listens; raises ConnectionError if it ended or never does."""
        deadline = time.monotonic() + patience
        while self.running and time.monotonic() < deadline:
            with suppress(ConnectionRefusedError):
                connection = socket.create_connection(("127.0.0.1", self.port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms a call
                return connection
            time.sleep(0.001)
        raise ConnectionError("the emulator does not listen")

    def said(self) -> str:
        """The platform log since it was last cleared; raises ValueError once closed."""
        file = self._said.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def clear(self) -> None:
        """Forget the platform log, so that a long run needs no more memory."""
        os.ftruncate(self._said.fileno(), 0)

    def kill(self) -> None:
        """End the emulator at once, and with it the runtime and what that started in the same session."""
        if self._process.returncode is None:
            for pid in _session(self.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the emulator, and give back what belongs to it."""
        self.kill()
        self._opened.close()


def _session(leader: int) -> Iterator[int]:
    """The processes of the session that `leader` began, itself included."""
    for entry in os.listdir("/proc"):
        with suppress(ValueError, ProcessLookupError):
            if os.getsid(int(entry)) == leader:
                yield int(entry)


def _reserved_port() -> socket.socket:
    """A free port that nobody else is given; it is bound without listening, which leaves it open to the emulator."""
    port = socket.socket()
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port.bind(("127.0.0.1", 0))
    return port


def _launcher(log: int, groups: Sequence[Path]) -> list[str]:
    """A shell that tells its process id, joins the groups and becomes the runtime.

    It opens our descriptor by name: an inherited one may clash with a number that the shell keeps for itself.
    """
    joined = "".join(f"echo $$ >{shlex.quote(str(group))} && " for group in groups)
    return ["/bin/sh", "-c", f'echo "runtime $$" && {joined}exec "$@" >/proc/{os.getpid()}/fd/{log} 2>&1', "sh"]
