"""The training loop: length buckets, warm-up and linear decay, and checkpoints that a kill cannot damage."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.progress import task_progress
from workbench.training.network import Network
from workbench.training.objectives import Encoded, Objective

__all__ = ["Plan", "Point", "Progress", "fit", "outputs_of"]

POOL = 64  # batches that are sorted by length together: alike within a batch, random from one to the next
SAVE_EVERY = 60.0  # seconds
WARM_UP = 0.06  # of all steps
WIDTH = 4  # tokens: batches are padded to a multiple, since oneDNN compiles kernels for every new shape and keeps them
TOKENS_AT_ONCE = 4096  # when nothing is learned


@dataclass(frozen=True)
class Plan:
    """How to train: everything that decides the result besides data and network."""

    epochs: int
    learning_rate: float
    batch_size: int
    seed: int
    weight_decay: float = 0.01


@dataclass(frozen=True)
class Point:
    """One point of the curve: after so many steps, mean loss since the last point and the metric held out."""

    epoch: float
    step: int
    loss: float
    metric: float


@dataclass
class Progress:
    """Where training stands: what a checkpoint keeps beside the weights."""

    step: int = 0
    seconds: float = 0.0
    curve: list[Point] = field(default_factory=list)


def fit(
    network: Network,
    objective: Objective,
    examples: Sequence[Encoded],
    held_out: Sequence[Encoded],
    plan: Plan,
    checkpoint: Path,
    what: str,
) -> Progress:
    """Train `network` in place; go on from `checkpoint` if a run of the same plan left one there."""
    steps = -(-len(examples) // plan.batch_size)  # an epoch
    run = _Run(network, objective, plan, steps * plan.epochs, checkpoint)
    run.resume()
    progress = run.progress
    with task_progress(what, run.total) as bar:
        bar.update(progress.step)
        for epoch in range(progress.step // steps, plan.epochs):
            batches = _batches(examples, plan.batch_size, plan.seed, epoch)
            for batch in islice(batches, progress.step - epoch * steps, None):
                run.step(batch)
                bar.update(progress.step)
            point = run.measure(epoch + 1, held_out)
            bar.describe(f"{what}: {objective.metric} {point.metric:.4f}")
    return progress


class _Run:
    """A network, its optimizer, and how far they are."""

    def __init__(self, network: Network, objective: Objective, plan: Plan, total: int, checkpoint: Path) -> None:
        self.total = total
        self.progress = Progress()
        self._network, self._objective, self._plan, self._checkpoint = network, objective, plan, checkpoint
        self._trained = list(network.trained().values())
        self._device = self._trained[0].device
        self._optimizer = torch.optim.AdamW(self._trained, lr=plan.learning_rate, weight_decay=plan.weight_decay)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, lambda step: _rate(step, total))
        self._losses: list[float] = []
        self._saved = time.monotonic()

    def step(self, batch: Sequence[Encoded]) -> None:
        started = time.monotonic()
        torch.manual_seed(self._plan.seed * 1_000_003 + self.progress.step)  # the same dropout after a resumption
        self._network.train()
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            logits = self._network(*_tensors([ids for item in batch for ids in item.sequences], self._device))
        loss = self._objective.loss(logits.float(), batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._losses.append(float(loss.detach()))
        self.progress.step += 1
        self.progress.seconds += time.monotonic() - started
        if time.monotonic() - self._saved > SAVE_EVERY:
            self._save()

    def measure(self, epoch: int, held_out: Sequence[Encoded]) -> Point:
        """A new point of the curve."""
        metric = self._objective.score(outputs_of(self._network, held_out), held_out)
        point = Point(epoch, self.progress.step, float(np.mean(self._losses or [np.nan])), metric)
        self.progress.curve.append(point)
        self._losses.clear()
        self._save()
        return point

    def _save(self) -> None:
        aside = self._checkpoint.with_suffix(".partial")
        state = {
            "plan": json.dumps(asdict(self._plan)),
            "network": self._network.trained(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "progress": asdict(self.progress),
        }
        torch.save(state, aside)
        aside.replace(self._checkpoint)
        self._saved = time.monotonic()

    def resume(self) -> None:
        """Be where the checkpoint is, if there is one and it is of the same plan."""
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, weights_only=True)
        if state["plan"] != json.dumps(asdict(self._plan)):
            return
        self._network.load_trained(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        kept = state["progress"]
        self.progress = Progress(kept["step"], kept["seconds"], [Point(**point) for point in kept["curve"]])


def outputs_of(network: Network, encoded: Sequence[Encoded]) -> list[np.ndarray[Any, Any]]:
    """The logits of every sequence of `encoded`, in order, without padding."""
    network.eval()
    device = next(network.parameters()).device
    sequences = [sequence for item in encoded for sequence in item.sequences]
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    outputs: dict[int, Any] = {}
    for group in _grouped(order, [len(s) for s in sequences]):
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
            logits = network(*_tensors([sequences[i] for i in group], device)).float().cpu().numpy()
        for index, row in zip(group, logits, strict=True):
            outputs[index] = row[: len(sequences[index])] if network.per_token else row
    return [outputs[index] for index in range(len(sequences))]


def _grouped(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    group: list[int] = []
    for index in order:
        if group and lengths[index] * (len(group) + 1) > TOKENS_AT_ONCE:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _rate(step: int, total: int) -> float:
    warm = max(1, int(total * WARM_UP))
    return (step + 1) / warm if step < warm else max(0.0, (total - step) / max(1, total - warm))


def _batches(examples: Sequence[Encoded], size: int, seed: int, epoch: int) -> Iterator[list[Encoded]]:
    shuffler = random.Random(f"{seed}-{epoch}")
    order = shuffler.sample(range(len(examples)), len(examples))
    batches = []
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda i: examples[i].size)
        batches += [pool[i : i + size] for i in range(0, len(pool), size)]
    shuffler.shuffle(batches)
    for batch in batches:
        yield [examples[index] for index in batch]


def _tensors(sequences: Sequence[Any], device: torch.device) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    width = -(-int(lengths.max()) // WIDTH) * WIDTH
    ids = torch.zeros(len(sequences), width, dtype=torch.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.from_numpy(sequence)
    return ids.to(device), lengths.to(device)
