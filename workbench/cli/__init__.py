"""The command `modelet`; a module for each group of commands adds its own to `app`."""

from workbench.cli import batch, build, evaluate, local, measure, models, run, sam, spark, train
from workbench.cli.app import app

__all__ = ["app", "batch", "build", "evaluate", "local", "measure", "models", "run", "sam", "spark", "train"]
