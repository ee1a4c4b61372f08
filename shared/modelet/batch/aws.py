"""AWS's services by boto3, which comes with Lambda's own runtime."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

__all__ = ["ClientError", "client"]


def client(service: str) -> Any:
    """The client of a service in this environment."""
    return boto3.client(service)
