from pathlib import Path

import pytest

from workbench.local.errors import TemplateError
from workbench.local.event_source import EventSourceMapping
from workbench.local.template import Route, read_template


def test_reads_functions_with_globals_merged_and_references_resolved(project: Path) -> None:
    api, worker = read_template(project / "template.yaml").functions
    assert (api.logical_id, api.handler, api.package) == ("EchoFunction", "echo_service.api.handler", "echo_service")
    assert (api.memory, api.timeout, api.runtime) == (256, 2, "python3.13")
    assert api.environment == {"SHARED": "own", "LOG_LEVEL": "INFO", "THREADS": "2", "WHERE": "us-east-1/EchoQueue"}
    assert api.routes == (Route("POST", "/v1/echo"), Route("ANY", "/v1/things/{id}"))
    assert [route.key for route in api.routes] == ["POST /v1/echo", "ANY /v1/things/{id}"]
    assert (worker.mappings, worker.timeout, worker.routes) == ((EventSourceMapping("EchoQueue"),), 3, ())
    assert worker.environment["SHARED"] == "both"


def test_what_was_made_locally_has_its_real_name(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    variables = "{A: !Ref Jobs, B: !GetAtt Jobs.Arn, C: !Sub 'at ${Jobs.Arn}'}"
    path.write_text(_template(f"{{Handler: a.b, Environment: {{Variables: {variables}}}}}"))
    references = {"Jobs": "http://127.0.0.1:1/jobs", "Jobs.Arn": "arn:aws:sqs:jobs"}
    (function,) = read_template(path, references).functions
    assert function.environment == {"A": references["Jobs"], "B": references["Jobs.Arn"], "C": "at arn:aws:sqs:jobs"}


def _template(properties: str) -> str:
    return f"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("{}", "F.Handler: expected package.module.function, got None"),
        ("{Handler: a.b, MemorySize: lots}", "F.MemorySize: 'lots' is not a whole number"),
        ("{Handler: a.b, Timeout: !Ref Missing}", "F.Timeout: 'Missing' is no resource"),
        (
            "{Handler: a.b, Environment: {Variables: {X: !ImportValue y}}}",
            r"F.Environment.Variables.X: .* cannot be resolved",
        ),
        ("{Handler: a.b, Events: {E: {Type: HttpApi, Properties: {Path: v1}}}}", "F.Events.E.Path: expected a path"),
        ("{Handler: a.b, Events: {E: {Type: SQS, Properties: {}}}}", "F.Events.E.Queue: expected !GetAtt"),
    ],
)
def test_errors_name_the_logical_id_and_the_property(tmp_path: Path, properties: str, message: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(_template(properties))
    with pytest.raises(TemplateError, match=message):
        read_template(path)


@pytest.mark.parametrize(
    ("properties", "route"),
    [
        ("{}", Route("ANY", "$default")),
        ("{Method: any, Path: /a}", Route("ANY", "/a")),
        ("{Method: get, Path: '/{proxy+}'}", Route("GET", "/{proxy+}")),
    ],
)
def test_routes(tmp_path: Path, properties: str, route: Route) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(_template(f"{{Handler: a.b, Events: {{E: {{Type: HttpApi, Properties: {properties}}}}}}}"))
    assert read_template(path).functions[0].routes == (route,)


def test_a_queue_by_arn(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    queue = "{Queue: 'arn:aws:sqs:us-east-1:123456789012:jobs'}"
    path.write_text(_template(f"{{Handler: a.b, Events: {{E: {{Type: SQS, Properties: {queue}}}}}}}"))
    assert read_template(path).functions[0].mappings == (EventSourceMapping("jobs"),)


def test_events_that_are_not_run_locally_are_named(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(_template("{Handler: a.b, Events: {Any: {Type: HttpApi}, Nightly: {Type: Schedule}}}"))
    template = read_template(path)
    assert template.ignored == ("F.Events.Nightly (Schedule)",)
    assert len(template.functions[0].routes) == 1


@pytest.mark.parametrize("text", ["", "a: [", "Resources: 3"])
def test_what_is_no_template_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError, match=r"template\.yaml"):
        read_template(path)


def test_an_unknown_function_is_told_which_there_are(project: Path) -> None:
    with pytest.raises(TemplateError, match="it has EchoFunction, EchoWorker"):
        read_template(project / "template.yaml").function("Ecco")
