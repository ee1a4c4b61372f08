"""What answers a service's rows."""

import inspect
from importlib import import_module
from typing import Any

from modelet.operation import Operation

__all__ = ["open_rows"]


def open_rows(task: str) -> Operation[Any, Any, Any, Any]:
    """The operation that the service's worker answers rows with, opened with this process's MODELET_* settings."""
    worker = inspect.unwrap(import_module(f"functions.{task}.worker").handler)
    operation: Operation[Any, Any, Any, Any] = worker.rows
    return operation
