"""The services, a folder each. Whatever one imports, this comes first; its handler ends INIT."""

from modelet.init import init_begins

__all__: list[str] = []

init_begins()
