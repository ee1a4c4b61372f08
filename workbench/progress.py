"""Progress bars for what takes long, on stderr so that results can be piped."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

__all__ = ["TaskProgress", "task_progress", "track"]

T = TypeVar("T")
console = Console(stderr=True)


@dataclass(frozen=True)
class TaskProgress:
    """One bar."""

    bar: Progress
    task: TaskID

    def update(self, done: float, total: float | None = None) -> None:
        self.bar.update(self.task, completed=done, total=total)

    def describe(self, what: str) -> None:
        self.bar.update(self.task, description=what)

    def advance(self, by: int = 1) -> None:
        self.bar.advance(self.task, by)


@contextmanager
def task_progress(
    what: str, total: float | None = None, unit: Literal["items", "bytes"] = "items"
) -> Iterator[TaskProgress]:
    """A bar that says `what` is under way."""
    counter = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description:<42}"), BarColumn(), counter, TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        yield TaskProgress(bar, bar.add_task(what, total=total))


def track(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """`items` under a bar."""
    with task_progress(what, total) as progress:
        for item in items:
            yield item
            progress.advance()
