"""The part of template.yaml that a local run needs: functions, their routes, their queues, their environment.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
and `sam-specification-template-anatomy-globals.html` beside it (maps merge, the function's own value wins).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from workbench.local.cors import Cors, read_cors
from workbench.local.errors import TemplateError
from workbench.local.event_source import EventSourceMapping, read_event_source
from workbench.local.intrinsics import Resolver, TemplateLoader
from workbench.local.loops import expand_loops

__all__ = ["Function", "Route", "Template", "read_document", "read_template"]

_TIMEOUT_S, _MEMORY_MB = 3, 128  # Lambda's own defaults


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API; method is upper case, "ANY" for all, and "$default" is a route of its own."""

    method: str
    path: str

    @property
    def key(self) -> str:
        """API Gateway's route key: "POST /v1/embeddings" or "$default"."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Function:
    """One AWS::Serverless::Function with Globals merged in. memory is in MB, timeout in seconds."""

    logical_id: str
    handler: str
    runtime: str
    memory: int
    timeout: int
    environment: Mapping[str, str]
    routes: tuple[Route, ...]
    mappings: tuple[EventSourceMapping, ...]

    @property
    def package(self) -> str:
        """The dotted package that holds the handler's module: "functions.embed"."""
        return self.handler.rsplit(".", 2)[0]

    @property
    def folder(self) -> str:
        """The name of that package's folder: "embed" of functions/embed."""
        return self.package.rpartition(".")[2]

    def model_folder(self, root: Path) -> Path:
        """Where the function's bundle is, or would be, in the project at `root`."""
        return root.joinpath(*self.package.split("."), "model")


@dataclass(frozen=True, slots=True)
class Template:
    """All functions of a template, in its order, the folder that holds it, and what its HTTP API says of CORS.

    ignored are the functions' events of other kinds than HttpApi and SQS: "Nightly.Events.Timer (Schedule)".
    """

    root: Path
    functions: tuple[Function, ...]
    cors: Cors | None = None
    ignored: tuple[str, ...] = ()

    @property
    def http_functions(self) -> tuple[Function, ...]:
        """Those that the HTTP API calls."""
        return tuple(function for function in self.functions if function.routes)

    def function(self, name: str) -> Function:
        """The function with this logical id; raises TemplateError that names those there are."""
        for function in self.functions:
            if function.logical_id == name:
                return function
        known = ", ".join(function.logical_id for function in self.functions)
        raise TemplateError(f"no function {name!r} in the template; it has {known}")


def read_document(path: Path) -> dict[str, Any]:
    """The template, its tags in long form and its loops written out; raises TemplateError naming what is wrong."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=TemplateLoader)  # a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TemplateError(f"{path}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{path}: no Resources; is this a SAM template?")
    return expand_loops(document)


def read_template(path: Path, references: Mapping[str, str] | None = None) -> Template:
    """Read a SAM template; raises TemplateError naming the logical id and the property that is wrong.

    references are the values of `Ref` ("Jobs") and `Fn::GetAtt` ("Jobs.Arn") on resources that were made locally.
    """
    document = read_document(path)
    resolver = Resolver(document, references or {})
    declared = dict(_functions(document))
    return Template(
        path.resolve().parent,
        tuple(_function(logical_id, properties, resolver) for logical_id, properties in declared.items()),
        read_cors(document, resolver),
        tuple(_ignored(declared)),
    )


def _functions(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical ids and properties."""
    defaults = document.get("Globals", {}).get("Function", {})
    for logical_id, resource in document["Resources"].items():
        if resource.get("Type") == "AWS::Serverless::Function":
            yield logical_id, _merge(defaults, resource.get("Properties", {}))


def _ignored(functions: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    for logical_id, properties in functions.items():
        for name, event in properties.get("Events", {}).items():
            if event.get("Type") not in {"HttpApi", "SQS"}:
                yield f"{logical_id}.Events.{name} ({event.get('Type')})"


def _merge(defaults: Any, own: Any) -> Any:
    """Globals under a function's own properties: maps by key, lists one after the other, the rest replaced."""
    if isinstance(defaults, dict) and isinstance(own, dict):
        return defaults | {key: _merge(defaults.get(key), value) for key, value in own.items()}
    if isinstance(defaults, list) and isinstance(own, list):
        return defaults + own
    return own


def _function(logical_id: str, properties: dict[str, Any], resolver: Resolver) -> Function:
    def number(name: str, default: int) -> int:
        value = resolver.text(properties.get(name, default), f"{logical_id}.{name}")
        if not value.isdecimal():
            raise TemplateError(f"{logical_id}.{name}: {value!r} is not a whole number")
        return int(value)

    events = properties.get("Events", {})
    return Function(
        logical_id=logical_id,
        handler=_handler(logical_id, properties),
        runtime=str(properties.get("Runtime", "")),
        memory=number("MemorySize", _MEMORY_MB),
        timeout=number("Timeout", _TIMEOUT_S),
        environment=_environment(logical_id, properties, resolver),
        routes=tuple(_route(f"{logical_id}.Events.{name}", event) for name, event in _of_type(events, "HttpApi")),
        mappings=tuple(
            read_event_source(f"{logical_id}.Events.{name}", event, resolver) for name, event in _of_type(events, "SQS")
        ),
    )


def _handler(logical_id: str, properties: dict[str, Any]) -> str:
    handler = properties.get("Handler")
    if not isinstance(handler, str) or "." not in handler:
        raise TemplateError(f"{logical_id}.Handler: expected package.module.function, got {handler!r}")
    return handler


def _environment(logical_id: str, properties: dict[str, Any], resolver: Resolver) -> Mapping[str, str]:
    variables = properties.get("Environment", {}).get("Variables", {})
    where = f"{logical_id}.Environment.Variables"
    return MappingProxyType({name: resolver.text(value, f"{where}.{name}") for name, value in variables.items()})


def _of_type(events: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, event.get("Properties", {})) for name, event in events.items() if event.get("Type") == kind)


def _route(where: str, properties: dict[str, Any]) -> Route:
    """Without Path and Method an HttpApi event is the $default route; without Method it takes any."""
    method, path = str(properties.get("Method", "ANY")).upper(), properties.get("Path", "$default")
    if not isinstance(path, str) or not path.startswith(("/", "$default")):
        raise TemplateError(f"{where}.Path: expected a path that begins with /, got {path!r}")
    return Route("ANY" if method in {"ANY", "*", "X-AMAZON-APIGATEWAY-ANY-METHOD"} else method, path)
