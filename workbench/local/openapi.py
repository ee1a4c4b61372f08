"""One OpenAPI document of all services, merged from those that the functions' apps describe themselves with."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.local.errors import LocalError
from workbench.local.template import Template

__all__ = ["DOCUMENT", "check", "merge", "render", "write"]

Document = dict[str, Any]

DOCUMENT = Path("docs/openapi.json")

_INFO = {
    "title": "modelet",
    "description": "Small ONNX models as serverless functions. Errors are RFC 9457 problems, or OpenAI's shape on "
    "OpenAI's routes. The header `x-modelet-bundle` names the bundle that answered.",
}


def merge(documents: Iterable[Document], version: str) -> Document:
    """Join paths and components; raises LocalError where two documents define one name differently."""
    merged: Document = {"openapi": "3.1.0", "info": {**_INFO, "version": version}, "paths": {}, "components": {}}
    for document in documents:
        _join(merged["paths"], document.get("paths", {}), "path")
        for kind, definitions in document.get("components", {}).items():
            _join(merged["components"].setdefault(kind, {}), definitions, f"components.{kind}")
    return merged


def _join(target: Document, definitions: Document, kind: str) -> None:
    for name, definition in definitions.items():
        if target.setdefault(name, definition) != definition:
            raise LocalError(f"OpenAPI {kind} {name!r} is defined in two ways: rename one of the two classes")


def render(template: Template, version: str) -> str:
    """The merged document of the template's HTTP functions as sorted, indented JSON: the same text on any machine."""
    modules = dict.fromkeys(function.handler.rpartition(".")[0] for function in template.http_functions)
    documents = [importlib.import_module(module).app.openapi() for module in modules]
    return json.dumps(merge(documents, version), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(template: Template, version: str) -> Path:
    """Write docs/openapi.json beside the template."""
    path = template.root / DOCUMENT
    path.parent.mkdir(exist_ok=True)
    path.write_text(render(template, version), encoding="utf-8")
    return path


def check(template: Template, version: str) -> None:
    """Raise LocalError if the committed document is not what the functions describe now."""
    path = template.root / DOCUMENT
    if not path.is_file() or path.read_text(encoding="utf-8") != render(template, version):
        raise LocalError(f"{path} is out of date: run `modelet openapi`")
