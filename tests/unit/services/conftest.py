"""Services of tiny bundles, whose answers mean nothing but have the real ones' shapes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelet.manifest import TaskName
from modelet.operation import Operation
from tests.tiny import rewrite_manifest, write_bundle

Open = Callable[..., Operation[Any, Any, Any, Any]]


@pytest.fixture
def open_tiny(tmp_path: Path) -> Open:
    """Opens a service as an entry of its function does, beside a bundle whose manifest has these fields changed."""

    def opened(open_service: Open, task: TaskName, **manifest: Any) -> Operation[Any, Any, Any, Any]:
        write_bundle(tmp_path / "model", task)
        rewrite_manifest(tmp_path / "model", **manifest)
        return open_service(str(tmp_path / "api.py"))

    return opened


def ask(operation: Operation[Any, Any, Any, Any], **body: Any) -> Any:
    """The response to a request, as JSON."""
    return operation(operation.request.model_validate(body)).response.model_dump(mode="json")
