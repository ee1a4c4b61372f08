"""Execution environments under AWS's real emulator and runtime client, and pools of them."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.emulator.environment import ExecutionEnvironment
from workbench.emulator.pool import EmulatedExecutor
from workbench.local.errors import FunctionError, ThrottledError
from workbench.local.payload import REQUEST_LIMIT_BYTES, REQUEST_TOO_LARGE
from workbench.local.template import Function, read_template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the emulator runs on Linux only")

PROBE = """
import os, subprocess, sys, time

print("loading")

def wait(path):
    while not os.path.exists(path):
        time.sleep(0.005)

ACTIONS = {
    "raise": lambda value: {}[value],
    "exit": lambda value: os._exit(value),
    "sleep": time.sleep,
    "wait": wait,
    "length": len,
    "text": lambda value: "x" * value,
    "set": lambda value: {value},
    "allocate": lambda value: len(bytes(range(256)) * (value << 12)),
    "spin": lambda value: [time.process_time() for _ in iter(lambda: time.process_time() < value, False)] and None,
    "state": lambda value: [dict(os.environ), sys.path, os.getcwd(), os.getpid()],
    "start": lambda value: subprocess.Popen(["sleep", "600"], start_new_session=value).pid,
}

def handler(event, context):
    print("called", context.aws_request_id)
    print("no line end", end="", file=sys.stderr)
    [(action, value)] = event.items()
    return ACTIONS[action](value)
"""


@pytest.fixture
def probe(project: Path) -> Function:
    (project / "probe.py").write_text(PROBE)
    return replace(read_template(project / "template.yaml").functions[0], handler="probe.handler", timeout=2)


Start = Callable[..., ExecutionEnvironment]


@pytest.fixture
def start(project: Path, probe: Function) -> Start:
    return lambda **options: ExecutionEnvironment(probe, project, **options)


def gone(*pids: int | None) -> bool:
    """Whether all processes end, given a moment."""
    deadline = time.monotonic() + 10
    while any(os.path.exists(f"/proc/{pid}") for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.005)
    return not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def ended(pid: int) -> bool:
    """Whether an orphan has ended: where nobody takes it in, it stays as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def crowded() -> Iterator[None]:
    """More open files than a shell's own numbers reach."""
    held = [os.dup(0) for _ in range(16)]
    low = held[::2]
    for descriptor in low:
        os.close(descriptor)  # every other number is free, so that environments get all of them
    yield
    for descriptor in set(held) - set(low):
        os.close(descriptor)


@pytest.mark.usefixtures("crowded")
def test_any_descriptor_serves_as_log(start: Start) -> None:
    with ExitStack() as opened:
        several = [opened.enter_context(start()) for _ in range(4)]
        assert all("loading" in one.invoke({"length": "text"}).logs for one in several)


def until_started(environment: ExecutionEnvironment) -> int:
    while (pid := environment.runtime_pid) is None:
        time.sleep(0.005)
    return pid


def test_figures_and_logs(start: Start) -> None:
    seen: list[tuple[str, str]] = []
    with start(log=lambda function, line: seen.append((function.logical_id, line))) as environment:
        cold = environment.invoke({"text": 3})
        warm = environment.invoke({"sleep": 0.1})
    assert cold.answer == "xxx"
    assert cold.init_ms is not None
    assert cold.init_ms > 1
    assert cold.logs == f"loading\ncalled {cold.request_id}\nno line end"
    assert warm.answer is None
    assert warm.init_ms is None
    assert warm.logs == f"called {warm.request_id}\nno line end"
    assert warm.duration_ms > 100 > cold.duration_ms
    assert warm.memory_mb == 256
    assert 5 < warm.peak_rss_mib < 100
    assert seen[:2] == [("EchoFunction", "loading"), ("EchoFunction", f"called {cold.request_id}")]


@pytest.mark.parametrize(
    ("event", "kind", "message", "alive"),
    [
        ({"raise": "key"}, "KeyError", "'key'", True),
        ({"set": 1}, "Runtime.MarshalError", "not JSON serializable", True),
        ({"exit": 3}, "Runtime.ExitError", "Runtime exited with error: exit status 3", False),
        ({"sleep": 60}, "Sandbox.Timedout", "Task timed out after 2.00 seconds", False),
        ({"text": 6_291_555}, "Function.ResponseSizeTooLarge", "(6291556 bytes)", False),
    ],
)
def test_a_failed_call(start: Start, event: dict[str, Any], kind: str, message: str, alive: bool) -> None:
    with start() as environment:
        with pytest.raises(FunctionError) as caught:
            environment.invoke(event)
        assert caught.value.kind == kind
        assert message in caught.value.message
        assert "called" in caught.value.logs
        assert environment.alive is alive
        if alive:
            assert environment.invoke({"text": 1}).answer == "x"
        else:
            with pytest.raises(FunctionError, match="has ended"):
                environment.invoke({"text": 1})


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import no_such_module", "Runtime.ImportModuleError", "No module named 'no_such_module'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'probe'"),
        ("", "Runtime.HandlerNotFound", "Handler 'handler' missing"),
        ("raise OSError('bundle is damaged')", "OSError", "bundle is damaged"),
        ("raise SystemExit(4)", "Runtime.ExitError", "exit status 4"),
        ("import time; time.sleep(60)", "Sandbox.Timedout", "timed out after 2.00 seconds"),
    ],
)
def test_a_failed_init(start: Start, project: Path, source: str, kind: str, message: str) -> None:
    (project / "probe.py").write_text(f"print('INIT')\n{source}")
    with start() as environment:
        with pytest.raises(FunctionError) as caught:
            environment.invoke({})
        assert not environment.alive
    assert caught.value.kind == kind
    assert message in caught.value.message
    assert source.startswith("def") or "INIT" in caught.value.logs


def test_the_largest_answer_and_event_pass(start: Start) -> None:
    with start() as environment:
        assert len(environment.invoke({"text": 6_291_554}).answer) == 6_291_554
        largest = REQUEST_LIMIT_BYTES - 1 - len('{"length":""}')
        assert environment.invoke({"length": "x" * largest}).answer == largest
        with pytest.raises(FunctionError, match="must be smaller than 6291456 bytes") as caught:
            environment.invoke({"length": "x" * (largest + 1)})
        assert caught.value.kind == REQUEST_TOO_LARGE
        assert environment.invoke({"text": 1}).answer == "x"


def test_the_environment_is_lambdas_and_the_callers_settings_win(
    start: Start, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELET_THREADS", "7")
    monkeypatch.setenv("SECRET", "of the caller")
    with start(memory=300, variables={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "SHARED": "ours"}) as environment:
        variables, path, folder, pid = environment.invoke({"state": None}).answer
        assert pid == environment.runtime_pid
    expected = {"AWS_LAMBDA_FUNCTION_NAME": "EchoFunction", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "300", "SHARED": "ours"}
    expected |= {"MODELET_THREADS": "7", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "us-east-1"}
    assert {name: variables.get(name) for name in expected} == expected
    assert "SECRET" not in variables
    assert path[:2] == [str(project), str(project / "shared")]
    assert os.path.samefile(folder, project)


@pytest.mark.parametrize("which", ["runtime_pid", "pid"])
def test_a_process_that_is_killed_during_a_call(start: Start, which: str) -> None:
    with start() as environment, ThreadPoolExecutor(1) as other:
        call = other.submit(environment.invoke, {"wait": "/nowhere"})
        until_started(environment)
        os.kill(getattr(environment, which), signal.SIGKILL)
        with pytest.raises(FunctionError, match=r"Runtime\.ExitError: .*signal: killed"):
            call.result()
        assert not environment.alive


@pytest.mark.parametrize("source", [PROBE, "import time; time.sleep(60)"], ids=["call", "INIT"])
def test_closing_ends_a_call_and_leaves_no_process(start: Start, project: Path, source: str) -> None:
    (project / "probe.py").write_text(source)
    with start() as environment, ThreadPoolExecutor(1) as other:
        call = other.submit(environment.invoke, {"wait": "/nowhere"})
        pids = environment.pid, until_started(environment)
        environment.close()
        assert gone(*pids)
        with pytest.raises(FunctionError, match=r"Runtime\.ExitError"):
            call.result()


KILLED = """
import sys, threading, time
from pathlib import Path
from workbench.emulator.environment import ExecutionEnvironment
from workbench.local.template import read_template

function = read_template(Path("template.yaml")).functions[0]
environment = ExecutionEnvironment(function, Path.cwd(), memory=256)
threading.Thread(target=environment.invoke, args=[{"body": "sleep"}], daemon=True).start()
while environment.runtime_pid is None:
    time.sleep(0.005)
print(environment.pid, environment.runtime_pid, flush=True)
time.sleep(60)
"""


def test_nothing_outlives_a_caller_that_is_killed(project: Path) -> None:
    root = Path(__file__).parents[2]
    path = {"PYTHONPATH": os.pathsep.join([str(root), str(root / "shared")])}
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(command, cwd=project, env=os.environ | path, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        pids = [int(pid) for pid in caller.stdout.readline().split()]
        assert len(pids) == 2
        assert all(os.path.exists(f"/proc/{pid}") for pid in pids)
        caller.kill()
    assert gone(*pids)


def groups() -> list[Path]:
    return list(Path("/sys/fs/cgroup").rglob(f"modelet-{os.getpid()}-[0-9]*"))


@pytest.mark.usefixtures("cgroups")
def test_memory_is_a_hard_limit(start: Start) -> None:
    with start(memory=128) as environment:
        environment.invoke({"allocate": 32})
        with pytest.raises(FunctionError, match=r"signal: killed \(out of memory: the limit is 128 MB\)") as caught:
            environment.invoke({"allocate": 512})
        assert caught.value.kind == "Runtime.ExitError"
        assert groups()
    assert not groups()


def test_what_a_function_started_ends_with_it(start: Start) -> None:
    with start() as environment:
        pid = environment.invoke({"start": False}).answer
        assert os.path.exists(f"/proc/{pid}")
    assert ended(pid)


@pytest.mark.usefixtures("cgroups")
def test_nothing_that_a_function_started_leaves_its_control_group(start: Start) -> None:
    with start(memory=256) as environment:
        pid = environment.invoke({"start": True}).answer
        assert os.path.exists(f"/proc/{pid}")
    assert ended(pid)
    assert not groups()


@pytest.mark.usefixtures("cgroups")
def test_cpu_is_in_proportion_to_memory(start: Start) -> None:
    with start(memory=354) as environment:  # a fifth of a core
        assert environment.invoke({"spin": 0.3}).duration_ms > 4 * 200


@pytest.fixture
def told() -> list[str]:
    """What the pool's functions log."""
    return []


@pytest.fixture
def pool(project: Path, probe: Function, told: list[str]) -> Iterator[EmulatedExecutor]:
    with EmulatedExecutor([probe], project, concurrency=2, log=lambda function, line: told.append(line)) as executor:
        yield executor


def process_of(pool: EmulatedExecutor, function: Function) -> int:
    pid: int = pool.invoke(function, {"state": None})[3]
    return pid


def test_a_call_that_finds_all_environments_busy_is_throttled(
    pool: EmulatedExecutor, probe: Function, tmp_path: Path
) -> None:
    flag = tmp_path / "go"
    with ThreadPoolExecutor(2) as others:
        calls = [others.submit(pool.invoke, probe, {"wait": str(flag)}) for _ in range(2)]
        while len([one for one in pool.environments() if one.runtime_pid]) < 2:
            time.sleep(0.005)
        with pytest.raises(ThrottledError, match="TooManyRequestsException"):
            pool.invoke(probe, {"text": 1})
        flag.touch()
        assert [call.result() for call in calls] == [None, None]
    first = process_of(pool, probe)
    assert process_of(pool, probe) == first  # the one used last
    assert len(pool.environments()) == 2


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"exit": 3}, r"Runtime\.ExitError: .*Runtime exited with error: exit status 3"),
        ({"sleep": 60}, r"Sandbox\.Timedout: Task timed out after 2\.00 seconds"),
        ({"length": "x" * REQUEST_LIMIT_BYTES}, "RequestTooLargeException: Request must be smaller than 6291456 bytes"),
    ],
)
def test_why_a_call_failed_is_in_the_log(
    pool: EmulatedExecutor, probe: Function, told: list[str], event: dict[str, Any], line: str
) -> None:
    with pytest.raises(FunctionError):
        pool.invoke(probe, event)
    assert re.match(line, told[-1])


def test_an_environment_that_ended_is_replaced(pool: EmulatedExecutor, probe: Function) -> None:
    pids = [process_of(pool, probe)]
    with pytest.raises(FunctionError, match="exit status 3"):
        pool.invoke(probe, {"exit": 3})
    pids.append(process_of(pool, probe))
    os.kill(pids[-1], signal.SIGKILL)  # while nobody calls
    assert gone(pids[-1])
    pids.append(process_of(pool, probe))
    assert len(set(pids)) == 3
    assert [environment.runtime_pid for environment in pool.environments()] == pids[-1:]


def test_under_random_kills_an_answer_is_right_or_an_error(pool: EmulatedExecutor, probe: Function) -> None:
    outcomes: list[str] = []

    def call(number: int) -> None:
        try:
            assert pool.invoke(probe, {"text": number}) == "x" * number
            outcomes.append("answered")
        except FunctionError as error:
            outcomes.append(error.kind)

    done = threading.Event()

    def kill() -> None:
        chance = random.Random(7)
        while not done.wait(0.05):
            victims = [pid for one in pool.environments() for pid in (one.pid, one.runtime_pid) if pid]
            with suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(victims), signal.SIGKILL)

    with ThreadPoolExecutor(3) as others:
        killing = others.submit(kill)
        list(others.map(call, range(150), timeout=60))
        done.set()
        killing.result()
    assert set(outcomes) <= {"answered", "Runtime.ExitError"}
    assert len(outcomes) == 150
    assert "answered" in outcomes


def test_closing_a_pool_leaves_no_process(project: Path, probe: Function) -> None:
    with (
        ThreadPoolExecutor(1) as other,
        EmulatedExecutor([probe], project, concurrency=2, log=lambda function, line: None) as pool,
    ):
        call = other.submit(pool.invoke, probe, {"wait": "/nowhere"})
        while not pool.environments():
            time.sleep(0.005)
        [busy] = pool.environments()
        pids = [busy.pid, until_started(busy)]
        pool.close()
        assert gone(*pids)
        with pytest.raises(FunctionError, match=r"Runtime\.ExitError"):
            call.result()
        assert not pool.environments()  # the call that failed has given its own back
