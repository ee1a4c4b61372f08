"""Every event file through `sam local invoke`, beside what the handler answers in a process of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workbench.build.target import Arch
from workbench.local.child import invoke_all
from workbench.local.errors import FunctionError
from workbench.local.intrinsics import TemplateLoader
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.template import Template
from workbench.sam.invoke import SamInvocation, sam_invoke

__all__ = ["Outcome", "image_functions", "invoke_events", "select_events"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event: what the container gave, an answer or an error, and what this machine's process answered."""

    function: str
    event: Path
    result: SamInvocation | FunctionError
    expected: Any

    @property
    def same(self) -> bool:
        """Whether the answers are equal in all they say, to the last bit."""
        return not isinstance(self.result, FunctionError) and bool(self.result.answer == self.expected)


def invoke_events(template: Template, events: Mapping[Path, str], image: bool, arch: Arch) -> Iterator[Outcome]:
    """Send each event to its built function; raises SamError when SAM cannot run functions here."""
    for expected in invoke_all(template, events):
        path = template.root / "events" / expected.event
        yield Outcome(events[path], path, _invoke(template.root, events[path], path, image, arch), expected.answer)


def _invoke(root: Path, function: str, event: Path, image: bool, arch: Arch) -> SamInvocation | FunctionError:
    try:
        return sam_invoke(root, function, event, image, arch)
    except FunctionError as error:
        return error


def select_events(template: Template, image: bool = False) -> dict[Path, str]:
    """Each event file with the logical id of the function that takes it; for images, those that an image answers."""
    takers = {path: function_for(read_event(path), template) for path in event_paths(template.root / "events")}
    if not image:
        return {path: taker.logical_id for path, taker in takers.items()}
    images = image_functions(template.root / "template-image.yaml")
    return {path: images[one.folder] for path, one in takers.items() if one.routes and one.folder in images}


def image_functions(template: Path) -> dict[str, str]:
    """The logical id of each image function, by the folder of functions/ that the Dockerfile puts into it."""
    resources = yaml.load(template.read_text(encoding="utf-8"), Loader=TemplateLoader)["Resources"]
    return {
        resource["Metadata"]["DockerBuildArgs"]["FUNCTION"]: logical_id
        for logical_id, resource in resources.items()
        if "DockerBuildArgs" in resource.get("Metadata", {})
    }
