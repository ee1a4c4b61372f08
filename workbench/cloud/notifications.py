"""What a bucket tells its queues and topics; moto's CloudFormation leaves it out.

From the shape of https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html
to that of https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.local.errors import TemplateError
from workbench.local.intrinsics import Resolver

__all__ = ["notify"]

# The list in both shapes, and its destination in each.
_DESTINATIONS = {"QueueConfigurations": ("Queue", "QueueArn"), "TopicConfigurations": ("Topic", "TopicArn")}


def notify(document: dict[str, Any], references: Mapping[str, str], s3: Any) -> None:
    """Set up the notifications of every bucket that was made; raises TemplateError for those to functions."""
    resolver = Resolver(document, references)
    for name, resource in document["Resources"].items():
        declared = resource.get("Properties", {}).get("NotificationConfiguration")
        if resource.get("Type") == "AWS::S3::Bucket" and name in references and declared:
            configuration = _configuration(f"{name}.NotificationConfiguration", declared, resolver)
            s3.put_bucket_notification_configuration(
                Bucket=references[name], NotificationConfiguration=configuration, SkipDestinationValidation=True
            )


def _configuration(where: str, declared: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    if "LambdaConfigurations" in declared:
        raise TemplateError(f"{where}: LambdaConfigurations are not supported locally; notify a queue")
    configuration: dict[str, Any] = {
        kind: [_entry(f"{where}.{kind}", entry, *names, resolver) for entry in declared[kind]]
        for kind, names in _DESTINATIONS.items()
        if kind in declared
    }
    if "EventBridgeConfiguration" in declared:
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _entry(where: str, entry: Mapping[str, Any], declared_as: str, sent_as: str, resolver: Resolver) -> dict[str, Any]:
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return {
        sent_as: resolver.text(entry[declared_as], f"{where}.{declared_as}"),
        "Events": [entry["Event"]],
        "Filter": {"Key": {"FilterRules": [{"Name": rule["Name"], "Value": rule["Value"]} for rule in rules]}},
    }
