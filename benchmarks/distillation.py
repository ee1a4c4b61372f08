"""What sentiment's teacher costs and brings: CPU-minutes beside fine-tuning the teacher whole, accuracy without it.

Needs the extra `train`, and the files of functions/sentiment/model.toml in a folder.
"""

import random
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import torch
import typer

from benchmarks.environment import ROOT
from benchmarks.machine import cpu_model
from workbench.cli.app import clear_errors, console
from workbench.evaluation.report import markdown
from workbench.packager.checkpoint import read_weights
from workbench.progress import track
from workbench.training.archive import fetch_archived
from workbench.training.job import Job, Options, make_job
from workbench.training.labelling import Labeller
from workbench.training.learner import Learner, make_learner
from workbench.training.loop import Plan
from workbench.training.objectives import Encoded
from workbench.training.record import TrainingRecord
from workbench.training.run import made_rows, train
from workbench.training.spec import TeacherSpec, TrainingError
from workbench.training.teacher import asked, chosen_rows

FUNCTION = ROOT / "functions" / "sentiment"
RECORD = FUNCTION / "adapter" / "training.json"
DEV = "sst2_dev.tsv"
BATCHES = 8  # of each kind in a round
USUAL_EPOCHS = (
    3  # of fine-tuning on GLUE: run_glue.py's default, between the 2 and 4 of https://arxiv.org/abs/1810.04805
)
ASKED = 2048  # rows that the teacher labels in one
WHOLE, TAUGHT, LABELS, STUDENT = "the teacher, every weight", "the teacher, an adapter", "its labels", "the student"
PAGE = """\
# Distillation

Written by `python benchmarks/distillation.py --data-folder DIR --without-teacher`; not edited by hand.

{costs}

CPU-minutes on one core of {machine}: median tokens a second of {rounds} rounds in which all kinds took turns, times the
tokens that each has to read. Ours together are **{share:.2f}** of fine-tuning {teacher} whole for {usual} epochs, as is
usual on GLUE; of {epochs}, as many as the student's, they are {share_of_epochs:.2f}.

{figures}

Single precision on SST-2's dev set, in brackets the 95 % interval of bootstrap resamples.
"""


@dataclass(frozen=True)
class _Work:
    """One kind of work: what does some of it, its tokens, those there are in all, and seconds before the first."""

    run: Callable[[], float]
    tokens: int
    total: int
    before: float = 0.0


def main(
    data_folder: Annotated[Path, typer.Option(help="Where the files that model.toml names lie.")],
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each kind of work.")] = 5,
    without_teacher: Annotated[bool, typer.Option(help="Train without it, too.")] = False,
) -> None:
    """Measure what each part of the training costs; write docs/benchmarks/distillation.md if all of it was.

    Example: python benchmarks/distillation.py --data-folder data --rounds 2
    """
    torch.set_num_threads(1)
    with clear_errors(TrainingError, ValueError), tempfile.TemporaryDirectory() as scratch:
        job = make_job(FUNCTION, Options(data_folder=data_folder))
        assert job.plan.teacher is not None
        minutes = _minutes(_works(job, job.plan.teacher, Path(scratch)), rounds)
        console.print(costs := _costs(minutes))
        if without_teacher:
            with_teacher = TrainingRecord.model_validate_json(RECORD.read_text(encoding="utf-8"))
            records = {"with the teacher": with_teacher, "without it": _trained_alone(job, Path(scratch))}
            page = PAGE.format(
                costs=costs,
                machine=cpu_model(),
                rounds=rounds,
                teacher=job.plan.teacher.name,
                share=(share := _ours(minutes) / minutes[WHOLE]),
                usual=USUAL_EPOCHS,
                epochs=job.plan.epochs,
                share_of_epochs=share * USUAL_EPOCHS / job.plan.epochs,
                figures=_figures(records),
            )
            (ROOT / "docs" / "benchmarks" / "distillation.md").write_text(page, encoding="utf-8")


def _works(job: Job, teacher: TeacherSpec, scratch: Path) -> Mapping[str, _Work]:
    rows = list(job.rows.training)
    files = fetch_archived(teacher.source)
    start = read_weights(files["weights"])
    whole, adapted = (
        make_learner(job.task, files, rank=rank, seed=0, start=start, dropout=teacher.dropout)
        for rank in (0, teacher.rank)
    )
    student = make_learner(
        job.task, job.backbone.files, rank=job.plan.rank, seed=0, start=read_weights(job.backbone.files["weights"])
    )
    all_rows = student.encode(asked([*rows, *job.rows.unlabelled, *made_rows(job, rows)], job.task), scratch)
    some = adapted.encode(chosen_rows(teacher, rows, job.plan.seed), scratch)
    epochs, every = job.plan.epochs, sum(one.size for one in all_rows)
    labelled = student.encode(rows, scratch)

    def fitting(learner: Learner, encoded: Sequence[Encoded], size: int, total: int) -> _Work:
        sample = [encoded[index] for index in random.Random(0).sample(range(len(encoded)), BATCHES * size)]
        run = partial(_fit, learner, sample, size, scratch / "checkpoint.pt")
        return _Work(run, sum(one.size for one in sample), total)

    told = [all_rows[index] for index in random.Random(0).sample(range(len(all_rows)), ASKED)]
    started = perf_counter()
    labeller = Labeller(adapted, job.task, files, start, all_rows)
    before = perf_counter() - started
    return {
        WHOLE: fitting(whole, labelled, teacher.batch_size, USUAL_EPOCHS * sum(one.size for one in labelled)),
        TAUGHT: fitting(adapted, some, teacher.batch_size, teacher.epochs * sum(one.size for one in some)),
        LABELS: _Work(partial(_label, labeller, told), sum(one.size for one in told), every, before),
        STUDENT: fitting(student, all_rows, job.plan.batch_size, epochs * every),
    }


def _fit(learner: Learner, sample: Sequence[Encoded], size: int, checkpoint: Path) -> float:
    """Seconds that the steps took."""
    checkpoint.unlink(missing_ok=True)
    return learner.fit(sample, sample[:1], Plan(1, 1e-5, size, 0), checkpoint, "steps").seconds


def _label(labeller: Labeller, sample: Sequence[Encoded]) -> float:
    started = perf_counter()
    labeller.label(sample)
    return perf_counter() - started


def _minutes(works: Mapping[str, _Work], rounds: int) -> Mapping[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in track(range(rounds + 1), "rounds", rounds + 1):
        for name, work in works.items():
            taken[name].append(work.run())
    # The first round warms up.
    return {
        name: (work.before + median(taken[name][1:]) / work.tokens * work.total) / 60 for name, work in works.items()
    }


def _ours(minutes: Mapping[str, float]) -> float:
    return sum(minutes[name] for name in (TAUGHT, LABELS, STUDENT))


def _costs(minutes: Mapping[str, float]) -> str:
    rows = [[name, f"{taken:.1f}", f"{taken / minutes[WHOLE]:.2f}"] for name, taken in minutes.items()]
    together = _ours(minutes)
    rows.append(["adapter and distillation together", f"{together:.1f}", f"{together / minutes[WHOLE]:.2f}"])
    return markdown(["work", "CPU-minutes", "share of the first"], rows)


def _trained_alone(job: Job, scratch: Path) -> TrainingRecord:
    """The record of the same training without a teacher, in a project of its own."""
    like = scratch / "functions" / FUNCTION.name
    shutil.copytree(FUNCTION, like, ignore=shutil.ignore_patterns("model", "adapter", ".*"))
    return train(replace(job, function=like, target=like, plan=job.plan.model_copy(update={"teacher": None})))


def _figures(records: Mapping[str, TrainingRecord]) -> str:
    found = {name: next(one for one in record.metrics if one.where == DEV) for name, record in records.items()}
    rows = [[name, f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})"] for name, one in found.items()]
    return markdown(["student", "accuracy"], rows)


if __name__ == "__main__":
    typer.run(main)
