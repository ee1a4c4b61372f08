"""Items in a row that belong together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["neighbours"]

T = TypeVar("T")


def neighbours(items: Iterable[T], together: Callable[[T, T], bool]) -> Iterator[list[T]]:
    """Runs of `items` of which each is `together` with the one before it."""
    run: list[T] = []
    for item in items:
        if run and not together(run[-1], item):
            yield run
            run = []
        run.append(item)
    if run:
        yield run
