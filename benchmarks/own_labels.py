"""What 2,000 rows of a user's own are worth: `modelet train` on them and zeroshot, measured on other rows.

Needs the extra `train`, zeroshot's bundle, and banking77_train.csv (Casanueva et al., 2020, CC-BY-4.0):
https://github.com/PolyAI-LDN/task-specific-datasets, banking_data/train.csv at 57ec275d8078.
"""

import csv
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.table import Table

from benchmarks.environment import ROOT
from benchmarks.machine import cpu_model
from modelet.bundle import Bundle
from workbench.cli.app import clear_errors, console
from workbench.evaluation.intervals import of_mean
from workbench.evaluation.services import ask_each, open_operation
from workbench.packager.package import open_bundle, package
from workbench.training.examples import Classified
from workbench.training.formats import FORMATS
from workbench.training.job import Options, make_job
from workbench.training.run import train
from workbench.training.spec import TrainingError

LIKE, NAME = "intent", "banking"
TRAINED_ON, MEASURED_ON = 2_000, 500


def main(
    data: Annotated[Path, typer.Option(help="banking77_train.csv")],
    epochs: Annotated[int, typer.Option(min=1, help="How often to see each row.")] = 12,
) -> None:
    """Train on some rows, package, and print the accuracy on others beside zeroshot's.

    Example: python benchmarks/own_labels.py --data banking77_train.csv
    """
    with clear_errors(TrainingError, ValueError), tempfile.TemporaryDirectory() as folder:
        rows: list[Classified] = random.Random(0).sample(list(FORMATS["banking77"](data)), TRAINED_ON + MEASURED_ON)
        training, measured = rows[:TRAINED_ON], rows[TRAINED_ON:]
        started = perf_counter()
        ours = _trained(training, measured, Path(folder), epochs)
        minutes = (perf_counter() - started) / 60
        table = Table("accuracy of", "value and 95 % interval", title=f"{MEASURED_ON} texts, 77 labels; {cpu_model()}")
        table.add_row(f"modelet train, {TRAINED_ON} rows, {minutes:.1f} minutes", _accuracy(ours, measured))
        table.add_row("zeroshot", _accuracy(_zeroshot(measured), measured))
        console.print(table)


def _trained(training: Sequence[Classified], measured: Sequence[Classified], folder: Path, epochs: int) -> list[str]:
    """The labels that a function made for `training` finds; it is made in a project of its own."""
    like, data = folder / "functions" / LIKE, folder / "rows.csv"
    shutil.copytree(ROOT / "functions" / LIKE, like, ignore=shutil.ignore_patterns("model", "adapter", ".*"))
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *((row.texts[0], row.label) for row in training)])
    job = make_job(like, Options(data=data, out=like.with_name(NAME), epochs=epochs))
    train(job)
    predictor = open_bundle(Bundle.load(package(job.target, allow_below_gate=True).folder))
    labels = predictor.manifest.labels
    return [labels[answer.probabilities.argmax()] for answer in predictor.predict([row.texts[0] for row in measured])]


def _zeroshot(measured: Sequence[Classified]) -> list[str]:
    """The labels that zeroshot finds, written as words."""
    spoken = {label.replace("_", " "): label for label in sorted({row.label for row in measured})}
    texts = [row.texts[0] for row in measured]
    answers = ask_each(open_operation("zeroshot"), texts, candidate_labels=list(spoken))
    return [spoken[answer[0]["label"]] for answer in answers]


def _accuracy(found: Sequence[str], measured: Sequence[Classified]) -> str:
    return str(of_mean([float(label == row.label) for label, row in zip(found, measured, strict=True)]))


if __name__ == "__main__":
    typer.run(main)
