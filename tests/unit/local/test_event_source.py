from pathlib import Path

import pytest

from workbench.local.errors import TemplateError
from workbench.local.event_source import EventSourceMapping
from workbench.local.template import read_template


def _read(folder: Path, properties: str) -> EventSourceMapping:
    path = folder / "template.yaml"
    path.write_text(
        "Parameters: {Size: {Type: Number, Default: 5}, Active: {Type: String, Default: 'false'}}\n"
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{Handler: a.b, Events: {{E: {{Type: SQS, Properties: {{{properties}}}}}}}}}\n"
    )
    (mapping,) = read_template(path).functions[0].mappings
    return mapping


def test_what_is_left_out_is_lambdas_default(tmp_path: Path) -> None:
    assert _read(tmp_path, "Queue: !GetAtt Q.Arn") == EventSourceMapping("Q", 10, 0, None, False, True)


def test_every_property_is_read(tmp_path: Path) -> None:
    properties = (
        "Queue: !GetAtt Q.Arn, BatchSize: !Ref Size, MaximumBatchingWindowInSeconds: 2, Enabled: !Ref Active,"
        "ScalingConfig: {MaximumConcurrency: 3}, FunctionResponseTypes: [ReportBatchItemFailures]"
    )
    assert _read(tmp_path, properties) == EventSourceMapping("Q", 5, 2, 3, True, False)


@pytest.mark.parametrize(
    "properties", ["Enabled: 'True'", "Enabled: true", "ScalingConfig: ", "FunctionResponseTypes: []"]
)
def test_other_ways_to_write_the_defaults(tmp_path: Path, properties: str) -> None:
    assert _read(tmp_path, f"Queue: !GetAtt Q.Arn, {properties}") == EventSourceMapping("Q")


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("Queue: nope", "F.Events.E.Queue: expected !GetAtt <queue>.Arn or an ARN, got 'nope'"),
        ("BatchSize: 0", "F.Events.E.BatchSize: '0' is not a whole number from 1 to 10000"),
        ("BatchSize: 11", "F.Events.E.BatchSize: over 10 needs a MaximumBatchingWindowInSeconds"),
        ("BatchSize: ten", "F.Events.E.BatchSize: 'ten' is not"),
        ("MaximumBatchingWindowInSeconds: 301", "from 0 to 300"),
        (
            "ScalingConfig: {MaximumConcurrency: 1}",
            "F.Events.E.ScalingConfig.MaximumConcurrency: '1' .* from 2 to 1000",
        ),
        (
            "FunctionResponseTypes: [ReportFailures]",
            "F.Events.E.FunctionResponseTypes: expected .ReportBatchItemFailures",
        ),
        ("FunctionResponseTypes: ReportBatchItemFailures", "F.Events.E.FunctionResponseTypes: expected"),
        ("Enabled: sometimes", "F.Events.E.Enabled: expected true or false, got 'sometimes'"),
        ("FilterCriteria: {Filters: []}", "F.Events.E.FilterCriteria is not supported locally; these are: BatchSize, "),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, properties: str, message: str) -> None:
    queue = "" if properties.startswith("Queue") else "Queue: !GetAtt Q.Arn, "
    with pytest.raises(TemplateError, match=message):
        _read(tmp_path, queue + properties)
