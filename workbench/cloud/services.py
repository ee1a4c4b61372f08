"""The queues, buckets and tables of a template, made by moto's CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workbench.cloud.invoking import InvokeApi
from workbench.cloud.moto import moto_server
from workbench.cloud.notifications import notify
from workbench.local.errors import TemplateError
from workbench.local.intrinsics import REGION, STACK_NAME

__all__ = ["Services", "local_services"]

# What is made, and the attributes that Fn::GetAtt has of it.
_TYPES: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("Arn",),
    "AWS::S3::Bucket": ("Arn",),
    "AWS::SQS::Queue": ("Arn", "QueueName"),
}
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


@dataclass(frozen=True, slots=True)
class Services:
    """Where the services are, and the value of each `Ref` ("Jobs") and `Fn::GetAtt` ("Jobs.Arn") on them.

    `functions` is what Lambda's Invoke reaches there, if that is moto.
    """

    endpoint: str
    references: Mapping[str, str]
    functions: InvokeApi | None = None

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that lead any AWS client here, and nowhere else."""
        return {"AWS_ENDPOINT_URL": self.endpoint, **_CREDENTIALS}

    def client(self, service: str) -> Any:
        """A boto3 client of these services and no account: endpoint and credentials are given, proxies are not used."""
        import boto3
        from botocore.config import Config
        from botocore.session import Session

        no_profile = Session(session_vars={"profile": (None, None, None, None)})  # whatever AWS_PROFILE says
        return boto3.session.Session(botocore_session=no_profile).client(
            service,
            config=Config(proxies={}, max_pool_connections=1000),  # a connection for each thread of the pollers
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


@contextmanager
def local_services(document: dict[str, Any], visibility_timeout: int | None = None) -> Iterator[Services]:
    """The queues, buckets and tables of a template's document; Parameters have their defaults.

    visibility_timeout, in seconds, stands in for that of every queue. Raises TemplateError for what moto refuses.
    """
    stack = _stack(document, visibility_timeout)
    with moto_server() as (endpoint, functions):
        references = _create(Services(endpoint, {}), stack) if stack["Resources"] else {}
        services = Services(endpoint, references, functions)
        notify(document, services.references, services.client("s3"))
        yield services


def _stack(document: Mapping[str, Any], visibility_timeout: int | None) -> dict[str, Any]:
    resources = {name: one for name, one in document["Resources"].items() if one.get("Type") in _TYPES}
    if visibility_timeout is not None:
        resources = {name: _with_visibility(one, visibility_timeout) for name, one in resources.items()}
    sections = {name: document[name] for name in ("Parameters", "Mappings", "Conditions") if name in document}
    return {**sections, "Resources": resources, "Outputs": dict(_outputs(resources))}


def _with_visibility(resource: dict[str, Any], seconds: int) -> dict[str, Any]:
    if resource["Type"] != "AWS::SQS::Queue":
        return resource
    return {**resource, "Properties": {**resource.get("Properties", {}), "VisibilityTimeout": seconds}}


def _outputs(resources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An output for whatever a function's environment may name."""
    for name, resource in resources.items():
        condition = {"Condition": resource["Condition"]} if "Condition" in resource else {}
        yield name, {"Value": {"Ref": name}, **condition}
        for attribute in _TYPES[resource["Type"]]:
            yield f"{name}.{attribute}", {"Value": {"Fn::GetAtt": [name, attribute]}, **condition}


def _create(services: Services, stack: dict[str, Any]) -> dict[str, str]:
    from botocore.exceptions import ClientError

    formation = services.client("cloudformation")
    try:
        formation.create_stack(StackName=STACK_NAME, TemplateBody=json.dumps(stack, default=str))
        outputs = formation.describe_stacks(StackName=STACK_NAME)["Stacks"][0].get("Outputs", [])
    except ClientError as error:
        raise TemplateError(f"moto cannot make the template's resources: {error}") from error
    return {one["OutputKey"]: _here(one["OutputValue"], services.endpoint) for one in outputs}


def _here(value: str, endpoint: str) -> str:
    """moto's CloudFormation gives queues the URL that they would have on AWS."""
    return value.replace(f"https://sqs.{REGION}.amazonaws.com", endpoint)
