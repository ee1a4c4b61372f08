import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.local.errors import FunctionError
from workbench.local.executor import InProcessExecutor
from workbench.local.template import Template, read_template


@pytest.fixture
def template(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Template]:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield read_template(project / "template.yaml")
    for name in [name for name in sys.modules if name.startswith("echo_service")]:
        del sys.modules[name]


def test_each_handler_sees_its_own_environment_at_init_only(template: Template) -> None:
    api, worker = template.functions
    with InProcessExecutor(template.functions, template.root) as executor:
        assert '"shared": "own"' in executor.invoke(api, {})["body"]
        assert executor.invoke(worker, {"Records": []}) == {"batchItemFailures": []}
    assert "SHARED" not in os.environ


@pytest.mark.parametrize(("body", "kind"), [("raise", "ValueError"), ("unserializable", "TypeError")])
def test_a_failure_is_one_error_and_the_next_event_is_answered(template: Template, body: str, kind: str) -> None:
    api = template.functions[0]
    with InProcessExecutor([api], template.root) as executor:
        with pytest.raises(FunctionError) as caught:
            executor.invoke(api, {"body": body})
        assert caught.value.kind == kind
        assert executor.invoke(api, {})["statusCode"] == 201


def test_one_event_at_a_time_in_one_thread_for_all_functions(template: Template) -> None:
    """Powertools keeps its metrics and its logger's keys by process."""
    source = """
import threading, time
seen, busy = set(), threading.Lock()
def handler(event, context):
    assert busy.acquire(blocking=False)
    time.sleep(0.001)
    seen.add(threading.get_ident())
    busy.release()
    return len(seen)
"""
    package = template.root / "echo_service"
    (package / "both.py").write_text(source)
    for name in ("api.py", "worker.py"):
        (package / name).write_text("from echo_service.both import handler")
    with InProcessExecutor(template.functions, template.root) as executor, ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda number: executor.invoke(template.functions[number % 2], {}), range(32))
        assert set(answers) == {1}


def test_closing_drops_the_calls_that_wait(template: Template) -> None:
    (template.root / "echo_service" / "api.py").write_text("""
import threading
started, release, calls = threading.Event(), threading.Event(), []
def handler(event, context):
    calls.append(event)
    started.set()
    release.wait()
""")
    api = template.functions[0]
    with ThreadPoolExecutor(3) as pool:
        with InProcessExecutor([api], template.root) as executor:
            module = sys.modules["echo_service.api"]
            first = pool.submit(executor.invoke, api, {})
            module.started.wait()
            others = [pool.submit(executor.invoke, api, {}) for _ in range(2)]
            threading.Timer(0.1, module.release.set).start()
        assert first.result() is None
        assert all(isinstance(other.exception(), FunctionError) for other in others)
        assert len(module.calls) == 1


def test_a_failed_init_stops_all(template: Template) -> None:
    (template.root / "echo_service" / "worker.py").write_text("raise RuntimeError('bundle is damaged')")
    with (
        pytest.raises(FunctionError, match="EchoWorker: RuntimeError: bundle is damaged"),
        InProcessExecutor(template.functions, template.root),
    ):
        pass
