"""The predictor: a list of inputs in, a list of answers out, by preprocess -> run -> postprocess."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Generic

from modelet.bundle import Bundle
from modelet.cache import LruCache
from modelet.errors import BundleError
from modelet.session import Session
from modelet.settings import Settings, read_settings
from modelet.tasks.base import Answer, Ids, Item, Output, Task

__all__ = ["Prediction", "Predictor"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one call of `predict` did, for metrics: never any text."""

    inputs: int
    cached: int
    tokens: int
    milliseconds: float


class Predictor(Generic[Item, Answer]):
    """Answers lists of items with one bundle. An item's answer never depends on its neighbours.

    What an item is, the task says; `Operation` checks what comes from a caller.
    """

    def __init__(self, bundle: Bundle, task: type[Task[Item, Answer]], settings: Settings) -> None:
        if bundle.manifest.task != task.name:
            raise BundleError(f"{bundle.folder} holds a bundle for {bundle.manifest.task}, not for {task.name}")
        self.manifest = bundle.manifest
        self.settings = settings
        self.observe: Callable[[Prediction], None] = lambda _: None
        self._digest = bundle.manifest.digest.encode()
        self.task = task(bundle)
        self._session = Session(bundle.model, optimize=bundle.manifest.optimize)
        self._cache: LruCache[Answer] = LruCache(settings.cache_bytes)
        self._threads = settings.threads or _cores()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="modelet")

    @classmethod
    def load(cls, folder: Path, task: type[Task[Item, Answer]]) -> "Predictor[Item, Answer]":
        """Verify the bundle in `folder` and open it with the settings of this environment."""
        return cls(Bundle.load(folder), task, read_settings())

    def warm_up(self) -> None:
        """Answer an example so that the next call finds everything loaded; nothing is observed or cached."""
        self._compute([self.task.example])

    def forget(self) -> None:
        """Empty the cache and renew the secret of its keys."""
        self._cache.clear()

    def check(self, item: Item, field: str) -> None:
        """Raise InvalidInputError naming `field`, or a part of it, if the model could not read `item`."""
        self.task.check(item, field)

    def predict(self, items: Sequence[Item]) -> list[Answer]:
        """One answer for each item, in order. Equal items and cached ones are computed once."""
        started = perf_counter()
        keys = [self._cache.key(self._digest, *self.task.fingerprint(item)) for item in items]
        known = {key: answer for key in keys if (answer := self._cache.get(key)) is not None}
        missing = {key: item for key, item in zip(keys, items, strict=True) if key not in known}
        answers, tokens = self._compute(list(missing.values()))
        for key, answer in zip(missing, answers, strict=True):
            known[key] = answer
            self._cache.put(key, answer, answer.size)
        self.observe(Prediction(len(items), len(items) - len(missing), tokens, (perf_counter() - started) * 1e3))
        return [known[key] for key in keys]

    def _compute(self, items: Sequence[Item]) -> tuple[list[Answer], int]:
        prepared = [self.task.preprocess(item) for item in items]
        sequences = [ids for one in prepared for ids in one.sequences]
        outputs = iter(self._run(sequences))
        answers = [self.task.postprocess(one, [next(outputs) for _ in one.sequences]) for one in prepared]
        return answers, sum(map(len, sequences))

    def _run(self, sequences: Sequence[Ids]) -> list[Output]:
        workers = min(self._threads, len(sequences))
        if workers < 2:
            return [self._session.run(ids) for ids in sequences]
        outputs: dict[int, Output] = {}
        todo = iter(range(len(sequences)))  # shared by the workers: each takes the next one when it is free

        def work() -> None:
            for index in todo:
                outputs[index] = self._session.run(sequences[index])

        others = [self._pool.submit(work) for _ in range(workers - 1)]
        work()
        for other in others:
            other.result()
        return [outputs[index] for index in range(len(sequences))]


def _cores() -> int:
    """Cores this environment may use; Lambda shows two but grants memory / 1,769 MB of them."""
    if memory := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return max(1, int(memory) // 1769)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
