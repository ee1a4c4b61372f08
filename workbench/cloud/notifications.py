"""What a bucket tells its queues; moto's CloudFormation leaves it out.

From the shape of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html
to that of https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.local.errors import TemplateError
from workbench.local.intrinsics import Resolver

__all__ = ["notify"]


def notify(document: dict[str, Any], references: Mapping[str, str], s3: Any) -> None:
    """Set up the notifications of every bucket that was made; raises TemplateError for those to others than queues."""
    resolver = Resolver(document, references)
    for name, resource in document["Resources"].items():
        declared = resource.get("Properties", {}).get("NotificationConfiguration")
        if resource.get("Type") == "AWS::S3::Bucket" and name in references and declared:
            configuration = _configuration(f"{name}.NotificationConfiguration", declared, resolver)
            s3.put_bucket_notification_configuration(
                Bucket=references[name], NotificationConfiguration=configuration, SkipDestinationValidation=True
            )


def _configuration(where: str, declared: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    if others := sorted(declared.keys() - {"QueueConfigurations"}):
        raise TemplateError(f"{where}.{others[0]} is not supported locally; notify a queue")
    queues = declared["QueueConfigurations"]
    return {"QueueConfigurations": [_entry(f"{where}.QueueConfigurations", queue, resolver) for queue in queues]}


def _entry(where: str, entry: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    filters = {"Key": {"FilterRules": [{"Name": rule["Name"], "Value": rule["Value"]} for rule in rules]}}
    return {
        "QueueArn": resolver.text(entry["Queue"], f"{where}.Queue"),
        "Events": [entry["Event"]],
        **({"Filter": filters} if rules else {}),
    }
