"""INIT without work that nobody needs, which was a seventh of a cold start."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["init_begins", "init_ends", "models_deferred"]

_USUAL = gc.get_threshold()
_DURING_INIT = 200_000  # objects made before a search for garbage; INIT makes fewer than half of that


def init_begins() -> None:
    """Search for garbage later: a search takes time in proportion to all there is, and INIT makes what stays.

    Later, not never: who imports a service without its handler, whose last step is `init_ends`, keeps it so.
    """
    gc.set_threshold(_DURING_INIT, *_USUAL[1:])


def init_ends() -> None:
    """Search as usual from now on, but never what there is now."""
    gc.freeze()
    gc.set_threshold(*_USUAL)


@contextmanager
def models_deferred() -> Iterator[None]:
    """What models the block defines are built when they are first used, by pydantic's own setting, which they inherit.

    For FastAPI: it defines 37 models of an OpenAPI document, which no function writes.
    """
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]
