"""A tiny project (a template with two functions, their handlers, an OpenAPI document), and the real bundles."""

import os
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

from workbench.packager.package import package
from workbench.packager.spec import functions_with_models

ROOT = Path(__file__).parent.parent
# How long an example takes says what else the machine does.
settings.register_profile("modelet", deadline=None)
settings.load_profile("modelet")

TEMPLATE = """
Parameters:
  Level: {Type: String, Default: INFO}
Globals:
  Function:
    Runtime: python3.13
    MemorySize: 256
    Layers: [!Ref Layer]
    Environment:
      Variables: {SHARED: both, LOG_LEVEL: !Ref Level, THREADS: 2}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Layer: {Type: AWS::Serverless::LayerVersion}
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: echo_service.api.handler
      Timeout: 2
      Environment:
        Variables: {SHARED: own, WHERE: !Sub "${AWS::Region}/${EchoQueue}"}
      Events:
        Echo: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: post, Path: /v1/echo}}
        Any: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/v1/things/{id}"}}
  EchoWorker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: echo_service.worker.handler
      Events:
        Messages: {Type: SQS, Properties: {Queue: !GetAtt EchoQueue.Arn}}
  EchoQueue: {Type: AWS::SQS::Queue}
"""

API = """
import json, os, sys, time

SHARED = os.environ["SHARED"]
print("loading")

def handler(event, context):
    body = event.get("body", "")
    print("answering", context.aws_request_id)
    if body == "raise":
        raise ValueError("no such thing")
    if body == "exit":
        print("last words", file=sys.stderr)
        sys.stderr.flush()
        os._exit(3)
    if body == "sleep":
        time.sleep(60)
    if body == "unserializable":
        return {1, 2}
    facts = {"function": context.function_name, "shared": SHARED, "event": event}
    return {"statusCode": 201, "headers": {"X-Kind": "echo"}, "cookies": ["a=1", "b=2"], "body": json.dumps(facts)}
"""

WORKER = """
def handler(event, context):
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "echo_service"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "api.py").write_text(API)
    (package / "worker.py").write_text(WORKER)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "openapi.json").write_text('{"openapi": "3.1.0"}\n')
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture(scope="session")
def bundles() -> Path:
    """The project's root, once every function with a model has its bundle."""
    for function in functions_with_models(ROOT):
        assert package(function).written
    return ROOT


def unavailable(reason: str) -> NoReturn:
    """Skip; in CI, where nothing may go untested in silence, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
