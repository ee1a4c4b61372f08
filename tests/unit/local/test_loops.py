"""Loops of a template, against what CloudFormation makes of them."""

from pathlib import Path

import pytest

from workbench.local.errors import TemplateError
from workbench.local.template import read_document, read_template

TEMPLATE = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Mappings: {Lists: {All: {Queues: [Jobs, Mail]}}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !FindInMap [Lists, All, Queues]
    - ${Name}Queue:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Ref Name
          Tags: [{Key: what, Value: "${Name}"}, {Key: where, Value: !Sub "${Name} in ${AWS::Region}"}]
          RedrivePolicy: {deadLetterTargetArn: !GetAtt [!Sub "${Name}Dead", Arn]}
      ${Name}Dead: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Events: {Messages: {Type: SQS, Properties: {Queue: !GetAtt JobsQueue.Arn}}}
Outputs:
  Fn::ForEach::Urls:
    - Name
    - [Jobs]
    - ${Name}Url: {Value: {Ref: !Sub "${Name}Queue"}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return path


def test_a_turn_replaces_the_variable_where_cloudformation_does(tmp_path: Path) -> None:
    document = read_document(written(tmp_path, TEMPLATE))
    assert list(document["Resources"]) == ["JobsQueue", "JobsDead", "MailQueue", "MailDead", "Worker"]
    assert document["Resources"]["MailQueue"]["Properties"] == {
        "QueueName": "Mail",
        "Tags": [
            {"Key": "what", "Value": "${Name}"},
            {"Key": "where", "Value": {"Fn::Sub": "Mail in ${AWS::Region}"}},
        ],
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["MailDead", "Arn"]}},
    }
    assert document["Outputs"] == {"JobsUrl": {"Value": {"Ref": "JobsQueue"}}}
    assert read_template(tmp_path / "template.yaml").function("Worker").mappings[0].queue == "JobsQueue"


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("[Name, !Ref Names, {}]", "Fn::ForEach::X: expected a list of texts, or a !FindInMap of one, got {'Ref'"),
        ("[Name, !FindInMap [Lists, All, Names], {}]", "Fn::ForEach::X: expected a list of texts, .* got None"),
        ("[Name, [A]]", "Fn::ForEach::X: expected a variable"),
        ("[Name, [A, B], {Same: {}}]", "Fn::ForEach::X: Same is there already"),
    ],
)
def test_a_loop_that_cannot_be_written_out_is_named(tmp_path: Path, loop: str, message: str) -> None:
    text = f"Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::X: {loop}\n"
    with pytest.raises(TemplateError, match=message):
        read_document(written(tmp_path, text))
