"""The app that a browser meets on this machine: the template's HTTP API, and pages of our own beside it."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from workbench.local.errors import LocalError
from workbench.local.executor import Executor
from workbench.local.http_api import INTEGRATION_TIMEOUT_S, HttpApi
from workbench.local.openapi import DOCUMENT
from workbench.local.template import Function, Template

__all__ = ["bundle_name", "create_gateway"]


def bundle_name(function: Function, root: Path) -> str | None:
    """`name@version` from the manifest of the bundle beside the handler; None where there is no bundle."""
    path = function.model_folder(root) / "manifest.json"
    if not path.is_file():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return f"{manifest['name']}@{manifest['version']}"


def _read_document(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LocalError(f"{path} is missing: run `modelet openapi`") from None


def create_gateway(template: Template, executor: Executor, timeout: float = INTEGRATION_TIMEOUT_S) -> Starlette:
    """The template's routes, and beside them /health, /docs and /openapi.json; `timeout` is of a call, in seconds."""
    health = {function.logical_id: bundle_name(function, template.root) for function in template.http_functions}
    document = _read_document(template.root / DOCUMENT)

    async def get_health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "functions": health})

    async def get_openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    async def get_docs(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="modelet",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )

    return Starlette(
        routes=[
            Route("/health", get_health),
            Route("/openapi.json", get_openapi),
            Route("/docs", get_docs),
            Mount("/docs/assets", StaticFiles(packages=[("fastapi_swagger", "resources")])),
            Mount("/", HttpApi(template, executor, timeout)),
        ]
    )
