"""`make demo`: package models, then every event of theirs through the handler that template.yaml names for it."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from workbench import reports
from workbench.local.child import invoke_all
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.template import Template
from workbench.packager.package import package
from workbench.packager.spec import PackagerError
from workbench.progress import track

__all__ = ["run"]


def run(template: Template, functions: Sequence[Path], repeat: int) -> Table:
    """The table of all invocations of these folders' functions. Raises PackagerError if a bundle fails its gate."""
    for function in functions:
        if not package(function).written:
            raise PackagerError(f"{function.name} fails its gate; see: modelet package {function.name}")
    names = {function.name for function in functions}
    every = event_paths(template.root / "events")
    paths = [path for path in every if function_for(read_event(path), template).folder in names]
    invocations = list(track(invoke_all(template, paths, repeat), "invoking", len(paths)))
    return reports.demo(invocations, template)
