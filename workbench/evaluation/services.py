"""A function's own operation, asked as its clients ask it."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

from modelet.adapters.routes import JsonRoute
from modelet.operation import Operation
from workbench.progress import track

__all__ = ["AnyOperation", "ask", "ask_each", "in_groups", "open_operation"]

T = TypeVar("T")

AT_ONCE = 16  # inputs of a request

AnyOperation = Operation[Any, Any, Any, Any]


def open_operation(function: str) -> AnyOperation:
    """What the handler of the function with this name answers with; of embed's two, that of Hugging Face's shape."""
    routes = import_module(f"functions.{function}.api").app.routes
    found: AnyOperation = next(route.operation for route in routes if type(route) is JsonRoute)
    return found


def ask(operation: AnyOperation, bodies: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The answers to request bodies: validated, answered and turned into JSON's types, as a client gets them."""
    what = f"asking {operation.predictor.manifest.name} in {operation.predictor.manifest.precision}"
    for body in track(bodies, what, len(bodies)):
        yield operation(operation.request.model_validate(body)).response.model_dump(mode="json")


def ask_each(operation: AnyOperation, inputs: Sequence[Any], **parameters: Any) -> list[Any]:
    """The answer to each of `inputs`, of operations that take lists of them."""
    more = {"parameters": parameters} if parameters else {}
    groups = in_groups(inputs)
    return [one for group in ask(operation, [{"inputs": group, **more} for group in groups]) for one in group]


def in_groups(items: Sequence[T]) -> list[Sequence[T]]:
    """`items`, as many at once as a request has."""
    return [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
