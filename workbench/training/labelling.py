"""What a trained network says of very many rows: by its int8 graph, since torch takes two and a half times as long."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from modelet.tokenizer import TextTokenizer
from workbench.packager import encoder
from workbench.packager.adapter import Tensors, merge
from workbench.packager.build import ARCHITECTURES
from workbench.packager.calibrate import collect, open_graph
from workbench.packager.layers import Recipe
from workbench.packager.pairs import separator_of
from workbench.packager.quantize import Int8Recipe
from workbench.packager.spec import Role
from workbench.progress import task_progress
from workbench.training.learner import Learner, Task
from workbench.training.objectives import Encoded
from workbench.training.weights import adapter_tensors

__all__ = ["Labeller"]

SAMPLE = 256  # sequences that show what the activations reach
TOGETHER = 64  # sequences of one length: with fixed scales an answer does not depend on the others

Array = NDArray[Any]
Build = Callable[[Recipe], onnx.ModelProto]


class Labeller:
    """A network that reads one sequence an example; `files` and `weights` are those that its training began with.

    On a GPU it is torch's own, elsewhere its int8 graph, calibrated with some of `encoded`.
    """

    def __init__(
        self, learner: Learner, task: Task, files: Mapping[Role, Path], weights: Tensors, encoded: Sequence[Encoded]
    ) -> None:
        self._learner = learner
        self._session = None
        if not torch.cuda.is_available():
            chosen = random.Random(0).sample(range(len(encoded)), min(SAMPLE, len(encoded)))
            sample = [encoded[index].sequences[0].tolist() for index in chosen]
            self._session = _session(_builder(learner, task, files, weights), sample)

    def label(self, encoded: Sequence[Encoded]) -> Array:
        """Logits [examples, columns]."""
        if self._session is None:
            return np.stack(self._learner.outputs(encoded))
        sequences = [one.sequences[0] for one in encoded]
        logits = np.empty((len(sequences), self._learner.objective.columns), np.float32)
        with task_progress("labels", len(sequences)) as bar:
            for group in _alike(sequences):
                [logits[group]] = self._session.run(None, {"input_ids": np.stack([sequences[i] for i in group])})
                bar.advance(len(group))
        return logits


def _builder(learner: Learner, task: Task, files: Mapping[Role, Path], weights: Tensors) -> Build:
    config = json.loads(files["config"].read_text(encoding="utf-8"))
    [architecture] = [one for one in ARCHITECTURES.values() if config["model_type"] in one.model_types]
    merged = merge(weights, adapter_tensors(learner.network, weights))
    separator = separator_of(TextTokenizer(files["tokenizer"])) if task.pair else None
    return partial(encoder.build, architecture, merged, config, task.head, separator=separator)


def _session(build: Build, sample: Sequence[Sequence[int]]) -> ort.InferenceSession:
    """The int8 graph, on as many threads as torch has."""
    statistics = collect(build, sample, weights="", texts="")
    return open_graph(build(Int8Recipe(statistics)), torch.get_num_threads())


def _alike(sequences: Sequence[Array]) -> Iterator[list[int]]:
    """Indices of sequences of one length: the graph knows no padding."""
    lengths: dict[int, list[int]] = {}
    for index, sequence in enumerate(sequences):
        lengths.setdefault(len(sequence), []).append(index)
    for indices in lengths.values():
        yield from (indices[start : start + TOGETHER] for start in range(0, len(indices), TOGETHER))
