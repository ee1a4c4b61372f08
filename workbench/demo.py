"""`make demo`: package the models, then every event through the handler that template.yaml names for it."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from workbench import reports
from workbench.local.child import invoke_all
from workbench.local.routing import event_paths
from workbench.local.template import Template
from workbench.packager.package import package
from workbench.packager.spec import PackagerError
from workbench.progress import track

__all__ = ["run"]


def run(template: Template, functions: Sequence[Path], repeat: int) -> Table:
    """The table of all invocations. Raises PackagerError if a bundle fails its gate."""
    for function in functions:
        result = package(function)
        if not result.written:
            raise PackagerError(f"{function.name} fails its gate; see: modelet package {function.name}")
    paths = event_paths(template.root / "events")
    invocations = list(track(invoke_all(template, paths, repeat), "invoking", len(paths)))
    return reports.demo(invocations, template)
