"""`modelet train`: from labelled rows to an adapter with its record and its calibration, or to a whole new function."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from modelet.bundle import sha256_of
from modelet.manifest import Source
from workbench.packager.adapter import Tensors, merge
from workbench.packager.cache import locked
from workbench.packager.checkpoint import read_weights
from workbench.training.augment import augmented, nearest_words
from workbench.training.examples import Classified
from workbench.training.job import Job
from workbench.training.learner import Learner, make_learner
from workbench.training.loop import Progress
from workbench.training.outcome import HELD_OUT, Outcome, conclude
from workbench.training.product import make_files, place
from workbench.training.record import CurvePoint, PlanRecord, TeacherRecord, TrainingRecord, hardware
from workbench.training.service import WORKSPACE
from workbench.training.spec import TrainingError
from workbench.training.store import Store
from workbench.training.teacher import RowsToTeach, teach
from workbench.training.template import add_service
from workbench.training.weights import resume_low_rank

__all__ = ["made_rows", "train"]


def train(job: Job, threads: int | None = None) -> TrainingRecord:
    """Train, or go on where a run of the same job was stopped. What it makes is moved into place once all is there."""
    if threads is not None:
        torch.set_num_threads(threads)
    with locked(f"training-{job.target.name}"):
        workspace = _workspace(job)
        weights = read_weights(job.backbone.files["weights"])
        learner = _learner(job, weights)
        examples = _encoded(job, learner, workspace)
        watched = examples.measured[HELD_OUT]
        progress = learner.fit(examples.training, watched, job.steps, workspace / "checkpoint.pt", job.target.name)
        outcome = conclude(learner, job.task, job.backbone.files, weights, examples.measured)
        made = make_files(job, workspace / "made", outcome.tensors)
        record = _record(job, progress, outcome, examples.teacher, made.adapter)
        record.save(made.record)
        place(made.folder, job.target)
        if job.is_new:
            add_service(job.function, job.target.name)
        shutil.rmtree(workspace)
    return record


def _workspace(job: Job) -> Path:
    """The folder of checkpoints, emptied of those of another job."""
    workspace = job.target / WORKSPACE
    mark = workspace / "job.sha256"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != job.identity:
        shutil.rmtree(workspace, ignore_errors=True)
        workspace.mkdir(parents=True)
        mark.write_text(job.identity, encoding="utf-8")
    return workspace


def _learner(job: Job, weights: Tensors) -> Learner:
    """The network as training begins: the backbone's weights, or what an adapter made of them."""
    rank, before = job.plan.rank, job.before.tensors if job.before else {}
    same_labels = job.task.labels == job.spec.labels
    heads = {name: value for name, value in before.items() if "lora_" not in name and same_labels}
    start = {**weights, **heads} if rank else merge(weights, before)
    plan = job.plan
    learner = make_learner(job.task, job.backbone.files, rank=rank, seed=plan.seed, start=start, dropout=plan.dropout)
    if rank and before:
        resume_low_rank(learner.network, before)
    return learner


@dataclass(frozen=True)
class _Examples:
    """Encoded rows: those trained on and, by name, those measured on."""

    training: Store
    measured: Mapping[str, Store]
    teacher: TeacherRecord | None


def _encoded(job: Job, learner: Learner, workspace: Path) -> _Examples:
    training, watched, teacher = job.rows.training, list(job.rows.held_out), None
    if job.plan.teacher is not None:
        labelled = list(training)
        rows = RowsToTeach(labelled, [*job.rows.unlabelled, *made_rows(job, labelled)], watched)
        taught = teach(job.plan.teacher, job.task, rows, job.plan.seed, workspace / "teacher")
        training, teacher = taught.rows, taught.record
    measured = {HELD_OUT: watched, **job.rows.reports}
    examples = _Examples(
        learner.encode(training, workspace),
        {name: learner.encode(rows, workspace) for name, rows in measured.items()},
        teacher,
    )
    if not examples.training or not examples.measured[HELD_OUT]:
        raise TrainingError(f"{job.rows.data[0].file}: too few rows to hold some of them out; give more of them")
    return examples


def made_rows(job: Job, rows: Sequence[Classified]) -> list[Classified]:
    """What the job makes of `rows` for its teacher to label."""
    if job.plan.augment is None:
        return []
    return augmented(job.plan.augment, rows, nearest_words(job.backbone.files), job.plan.seed)


def _record(
    job: Job, progress: Progress, outcome: Outcome, teacher: TeacherRecord | None, adapter: Path
) -> TrainingRecord:
    plan = job.plan.model_dump(exclude={"data", "teacher", "augment"})
    return TrainingRecord(
        adapter=sha256_of(adapter),
        backbone=Source(uris=job.backbone.source.uris, sha256=job.backbone.sha256),
        continued_from=job.before.sha256 if job.before else None,
        labels=len(job.task.labels),
        data=job.rows.data,
        plan=PlanRecord(objective=job.task.objective, weight_decay=job.steps.weight_decay, **plan),
        teacher=teacher,
        curve=tuple(CurvePoint(**asdict(point)) for point in progress.curve),
        metrics=outcome.metrics,
        calibration=outcome.calibration,
        hardware=hardware(),
        minutes=round(progress.seconds / 60, 1),
    )
