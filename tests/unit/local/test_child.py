import os
from pathlib import Path

import pytest

from workbench.local.child import ChildProcess, invoke_all
from workbench.local.errors import FunctionError
from workbench.local.template import Function, Template, read_template


@pytest.fixture
def template(project: Path) -> Template:
    return read_template(project / "template.yaml")


@pytest.fixture
def echo(template: Template) -> Function:
    return template.functions[0]


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_answer_times_and_log(project: Path, echo: Function) -> None:
    with ChildProcess(echo, project) as child:
        assert child.logs() == "loading\n"
        invocation = child.invoke({"body": "hi"}, "http_echo.json", repeat=3)
    assert invocation.answer["statusCode"] == 201
    assert '"shared": "own"' in invocation.answer["body"]
    assert (invocation.function, invocation.event) == ("EchoFunction", "http_echo.json")
    assert invocation.init_ms > 0
    assert invocation.warm_ms is not None
    assert invocation.logs.count("answering") == 4


def test_an_exception_leaves_the_environment_alive(project: Path, echo: Function) -> None:
    with ChildProcess(echo, project) as child:
        with pytest.raises(FunctionError, match="EchoFunction: ValueError: no such thing") as caught:
            child.invoke({"body": "raise"})
        assert "Traceback" in caught.value.logs
        assert child.invoke({"body": "again"}).answer["statusCode"] == 201


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("exit", "Runtime.ExitError", r"\(exit status 3\); it last wrote: last words"),
        ("sleep", "Sandbox.Timedout", r"Task timed out after 2\.00 seconds"),
        ("unserializable", "TypeError", "not JSON serializable"),
    ],
)
def test_failures(project: Path, echo: Function, body: str, kind: str, message: str) -> None:
    with ChildProcess(echo, project) as child, pytest.raises(FunctionError, match=message) as caught:
        child.invoke({"body": body})
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import no_such_module", "ModuleNotFoundError"),
        ("print('bundle is damaged'); raise SystemExit(1)", "Runtime.ExitError"),
        ("", "AttributeError"),
    ],
)
def test_a_failed_init(project: Path, echo: Function, source: str, kind: str) -> None:
    _write(project / "echo_service", "api.py", source)
    with pytest.raises(FunctionError) as caught:
        ChildProcess(echo, project)
    assert caught.value.kind == kind


def test_the_environment_is_lambdas_and_the_callers_settings_win(
    project: Path, echo: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELET_THREADS", "7")
    monkeypatch.setenv("SECRET", "of the caller")
    source = "import os, sys\ndef handler(event, context): return [dict(os.environ), sys.path, os.getcwd()]"
    _write(project / "echo_service", "api.py", source)
    with ChildProcess(echo, project) as child:
        environment, path, folder = child.invoke({}).answer
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "EchoFunction"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["MODELET_THREADS"] == "7"
    assert "SECRET" not in environment
    assert path[:2] == [str(project), str(project / "shared")]
    assert os.path.samefile(folder, project)


def test_event_files_run_in_the_order_of_the_template(project: Path, template: Template) -> None:
    record = '{"messageId": "m1", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:1:EchoQueue"}'
    paths = [
        _write(project, "sqs_echo.json", f'{{"Records": [{record}]}}'),
        _write(project, "http_echo.json", '{"routeKey": "POST /v1/echo", "body": "a"}'),
        _write(project, "http_echo_b.json", '{"routeKey": "POST /v1/echo", "body": "b"}'),
    ]
    invocations = list(invoke_all(template, paths, repeat=1))
    assert [invocation.event for invocation in invocations] == ["http_echo.json", "http_echo_b.json", "sqs_echo.json"]
    assert invocations[0].init_ms == invocations[1].init_ms
    assert invocations[2].answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert [invocation.warm_ms for invocation in invoke_all(template, paths)] == [None] * 3
