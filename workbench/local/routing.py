"""Which function answers: an HTTP request by API Gateway's order of routes, an event by what it says of its origin.

Source, under "Routing API requests":
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from workbench.local.errors import EventError
from workbench.local.template import Function, Route, Template

__all__ = [
    "Match",
    "Router",
    "Target",
    "event_paths",
    "event_targets",
    "find_target",
    "function_for",
    "named_function",
    "read_event",
]

_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """The function and route that take a request, and the route's path variables, decoded."""

    function: Function
    route: Route
    path_parameters: dict[str, str]


class Router:
    """The routes of a template, most specific first.

    Full matches come before greedy ones, fixed segments before variables, the request's own method before ANY and
    $default last of all. A greedy variable takes at least one segment, so `/{proxy+}` leaves `/` alone.
    """

    def __init__(self, template: Template) -> None:
        routes = [(route, function) for function in template.functions for route in function.routes]
        self._routes = [(_pattern(route), route, function) for route, function in sorted(routes, key=_specificity)]

    def match(self, method: str, path: str) -> Match | None:
        """The route for a method and a percent-encoded path without its query; None is API Gateway's 404."""
        for pattern, route, function in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method in {method, "ANY"}:
                return Match(function, route, {name: unquote(value) for name, value in found.groupdict().items()})
        return None


def _specificity(entry: tuple[Route, Function]) -> tuple[int, list[int], bool]:
    route, _ = entry
    kinds = [_kind(segment) for segment in route.path.split("/")]
    return max(kinds), kinds, route.method == "ANY"


def _kind(segment: str) -> int:
    """0 for a fixed segment, 1 for a variable, 2 for a greedy one, 3 for $default."""
    if segment == "$default":
        return 3
    found = _VARIABLE.fullmatch(segment)
    return 0 if found is None else 1 + bool(found[2])


def _pattern(route: Route) -> re.Pattern[str]:
    if route.path == "$default":
        return re.compile(r".*", re.DOTALL)
    return re.compile("/".join(_segment_pattern(segment) for segment in route.path.split("/")))


def _segment_pattern(segment: str) -> str:
    found = _VARIABLE.fullmatch(segment)
    if found is None:
        return re.escape(segment)
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"


def event_paths(folder: Path) -> list[Path]:
    """All event files, by name: `http_<name>[_variant].json` and `sqs_<name>[_variant].json`."""
    return sorted(path for path in folder.glob("*.json") if path.name.startswith(("http_", "sqs_")))


def read_event(path: Path) -> dict[str, Any]:
    """One event file; raises EventError naming the file, and the line of broken JSON."""
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EventError(f"{path}: {error}") from error
    if not isinstance(event, dict):
        raise EventError(f"{path}: an event is a JSON object")
    return event


def function_for(event: dict[str, Any], template: Template) -> Function:
    """The function whose route or queue the event names; raises EventError if there is none."""
    match event:
        case {"routeKey": str(key)}:
            takers = [function for function in template.functions if key in {route.key for route in function.routes}]
            origin = f"route {key}"
        case {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": str(arn)}, *_]}:
            # CloudFormation names a queue <stack>-<logical id>-<suffix>.
            words = arn.rsplit(":", 1)[-1].split("-")
            takers = [one for one in template.functions if any(mapping.queue in words for mapping in one.mappings)]
            origin = f"queue {arn}"
        case _:
            raise EventError("neither an HTTP API event (routeKey) nor an SQS event (Records with eventSourceARN)")
    if not takers:
        raise EventError(f"no function of the template takes {origin}")
    return takers[0]


def named_function(name: str, event: Any, template: Template) -> Function:
    """The function with the logical id `name`, or that of the folder `name` which takes `event`."""
    if any(function.logical_id == name for function in template.functions):
        return template.function(name)
    found = function_for(event, template)
    if found.folder != name:
        raise EventError(f"this event goes to {found.logical_id} by template.yaml, not to {name!r}")
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """A function and the path of an event that it takes."""

    function: Function
    event: Path


def event_targets(template: Template) -> Iterator[Target]:
    """The files of events/ that a function takes; those that cannot be read, or that nobody takes, are left out."""
    for path in event_paths(template.root / "events"):
        try:
            function = function_for(read_event(path), template)
        except EventError:
            continue
        yield Target(function, path)


def find_target(name: str, template: Template) -> Target:
    """The function called `name` (a logical id or a folder) and its first event; raises EventError if there is none."""
    names: list[str] = []
    for target in event_targets(template):
        own = target.function.logical_id, target.function.folder
        if name in own:
            return target
        names += own
    known = ", ".join(dict.fromkeys(names))
    raise EventError(f"no event in {template.root / 'events'} is for a function called {name!r}, only for {known}")
