"""The files that training leaves: made aside, and moved into place when all of them are there."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.packager.adapter import ADAPTER_FILE, Tensors, write_adapter
from workbench.packager.recalibrate import calibrate
from workbench.packager.spec import SPEC_FILE
from workbench.training.job import Job
from workbench.training.record import RECORD_FILE
from workbench.training.service import write_service

__all__ = ["Product", "make_files", "place"]


@dataclass(frozen=True)
class Product:
    """A folder with what is to be moved into a function's, and the place in it for the training's record."""

    folder: Path
    adapter: Path

    @property
    def record(self) -> Path:
        return self.adapter.with_name(RECORD_FILE)


def make_files(job: Job, folder: Path, tensors: Tensors) -> Product:
    """Adapter and int8 calibration and, for a new function, its entries and model.toml."""
    shutil.rmtree(folder, ignore_errors=True)
    product = Product(folder, folder / str(job.spec.adapter) / ADAPTER_FILE)
    product.adapter.parent.mkdir(parents=True)
    write_adapter(product.adapter, tensors, job.backbone.sha256)
    if job.is_new:
        write_service(folder, job.target.name, job.function, job.task.labels, job.backbone, job.plan)
    else:
        shutil.copyfile(job.function / SPEC_FILE, folder / SPEC_FILE)
    if job.spec.recipe.calibration is not None:
        calibrate(folder)
    if not job.is_new:
        (folder / SPEC_FILE).unlink()
    return product


def place(made: Path, target: Path) -> None:
    """Move all of `made` into `target`, model.toml last: with it a folder is a function."""
    old = made.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir()
    for path in sorted(made.iterdir(), key=lambda one: one.name == SPEC_FILE):
        if (target / path.name).exists():
            (target / path.name).rename(old / path.name)
        path.rename(target / path.name)
