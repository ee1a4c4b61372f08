"""The command `modelet`; a module for each group of commands adds its own to `app`."""

from workbench.cli import build, local, measure, models, run, sam
from workbench.cli.app import app

__all__ = ["app", "build", "local", "measure", "models", "run", "sam"]
