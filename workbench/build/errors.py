"""What can go wrong while building."""

from workbench.local.errors import LocalError

__all__ = ["BuildError"]


class BuildError(LocalError):
    """Building cannot go on; the message names the file and what to do."""
