"""The command `modelet`; a module for each group of commands adds its own to `app`."""

from workbench.cli import models, run
from workbench.cli.app import app

__all__ = ["app", "models", "run"]
