"""Everything that is decided before training begins; what a user got wrong is told here."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from modelet.bundle import Bundle, sha256_of
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.packager.adapter import ADAPTER_FILE, Tensors, read_adapter
from workbench.packager.package import open_bundle, package
from workbench.packager.spec import ModelSpec
from workbench.training.backbone import Backbone, find_backbone
from workbench.training.data import Rows, declared_rows, own_rows, survey
from workbench.training.learner import Task
from workbench.training.loop import Plan
from workbench.training.service import check_place
from workbench.training.spec import TrainingError, TrainSpec, objective_name
from workbench.training.template import check_template
from workbench.training.weights import adapter_rank

__all__ = ["Job", "Options", "make_job"]

EMBED = Path(__file__).parents[2] / "functions" / "embed"
LABELS_FROM_ROWS = {"classification", "flagging", "tagging"}


@dataclass(frozen=True)
class Options:
    """What is asked for besides what model.toml says. `out` is a new function's folder, beside the one it is like."""

    data_folder: Path | None = None
    data: Path | None = None
    out: Path | None = None
    backbone: str | None = None
    from_adapter: bool = False
    rank: int | None = None
    epochs: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Adapter:
    """An adapter that training goes on from."""

    tensors: Tensors
    sha256: str


@dataclass(frozen=True)
class Job:
    """A training that can begin: `function` is the one it is for or, when `target` is a new one, like."""

    function: Path
    target: Path
    spec: ModelSpec
    plan: TrainSpec
    backbone: Backbone
    task: Task
    rows: Rows
    before: Adapter | None

    @property
    def steps(self) -> Plan:
        return Plan(self.plan.epochs, self.plan.learning_rate, self.plan.batch_size, self.plan.seed)

    @property
    def is_new(self) -> bool:
        return self.target != self.function

    @property
    def identity(self) -> str:
        """Of what decides the weights: a checkpoint with another one is another training's."""
        decisive = {
            "plan": self.plan.model_dump(mode="json"),
            "task": [self.task.objective, self.task.labels, self.task.head, self.task.pair],
            "backbone": self.backbone.sha256,
            "data": [record.sha256 for record in self.rows.data if record.use in {"train", "imitate"}],
            "before": self.before.sha256 if self.before else None,
        }
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def make_job(function: Path, options: Options) -> Job:
    """Read and check all that training needs. Raises TrainingError or PackagerError, and writes nothing."""
    spec = ModelSpec.load(function)
    objective = objective_name(spec)
    if options.out is not None:
        check_place(options.out, function)
        check_template(function, options.out.name)
    elif options.backbone is not None:
        raise TrainingError("--backbone needs --out: another backbone makes another function")
    if (options.data is None) == (options.data_folder is None):
        raise TrainingError("give --data FILE with rows of your own, or --data-folder with the files of model.toml")
    backbone = find_backbone(spec, function, options.backbone)
    if spec.head == "sequence" and backbone.architecture != "bert":
        raise TrainingError(
            f'head = "sequence" is trained on bert alone; take "mean-sequence" for {backbone.architecture}'
        )
    before = _before(spec, function, backbone) if options.from_adapter else None
    plan = _planned(function, options, before)
    if plan.teacher is not None and objective != "classification":
        raise TrainingError(f"{function.name}: train.teacher is for classification, not for {objective}")
    if plan.augment is not None and spec.reads_pairs:
        raise TrainingError(f"{function.name}: train.augment makes texts, not pairs of them")
    rows, labels = _rows(spec, objective, plan, options)
    task = Task(objective, labels, str(spec.head), spec.reads_pairs, plan.max_tokens)
    return Job(function, options.out or function, spec, plan, backbone, task, rows, before)


def _before(spec: ModelSpec, function: Path, backbone: Backbone) -> Adapter:
    path = function / str(spec.adapter) / ADAPTER_FILE
    if not path.is_file():
        raise TrainingError(f"{path} does not exist, so nothing can be continued from it; leave out --from-adapter")
    return Adapter(read_adapter(path, backbone.sha256), sha256_of(path))


def _planned(function: Path, options: Options, before: Adapter | None) -> TrainSpec:
    """`[train]` with what the user wants otherwise; an adapter that is continued keeps its rank.

    A user's own rows take the place of the files there, and of the teacher that learns from them.
    """
    asked = {"rank": options.rank, "epochs": options.epochs, "seed": options.seed}
    if before is not None:
        rank = adapter_rank(before.tensors)
        if options.rank not in (None, 0, rank):
            raise TrainingError(f"--rank {options.rank}: the adapter to continue from has rank {rank}")
        asked["rank"] = rank if options.rank is None else options.rank
    table = TrainSpec.load(function).model_dump() | {name: value for name, value in asked.items() if value is not None}
    if options.data is not None:
        table |= {"data": (), "teacher": None, "augment": None}
    return TrainSpec.checked(table, str(function))


def _rows(spec: ModelSpec, objective: str, plan: TrainSpec, options: Options) -> tuple[Rows, tuple[str, ...]]:
    """The rows and the labels that their columns stand for."""
    if options.data is None:
        folder = options.data_folder or Path()
        if not any(entry.use == "train" for entry in plan.data):
            raise TrainingError(f"model.toml of {spec.name} names no data to train on; give --data FILE")
        return declared_rows(plan, folder, _embedder), spec.labels
    found = survey(options.data, objective, pair=spec.reads_pairs)
    labels = spec.labels
    if objective in LABELS_FROM_ROWS and options.out is not None:
        labels = found.labels
    elif unknown := [label for label in found.labels if label not in labels]:
        own = "--out FOLDER makes a function with labels of its own"
        raise TrainingError(f"{options.data}: {spec.name} has no label {unknown[0]!r}; {own}")
    return own_rows(found, labels, _embedder, plan.seed), labels


@cache
def _embedder() -> Predictor[Any, Embedding]:
    """embed's bundle, packaged if need be: it finds passages that are alike."""
    return open_bundle(Bundle.load(package(EMBED).folder))
