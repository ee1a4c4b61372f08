"""SnapStart: a snapshot holds a warm model, and what is restored from it shares no randomness with its siblings.

Lambda runs these hooks where SnapStart is on and nowhere else: before the snapshot in reverse order of registration,
after a restore in order. Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html.
"""

import random
import sys
from typing import Any

from snapshot_restore_py import register_after_restore, register_before_snapshot

from modelet.predictor import Predictor

__all__ = ["prepare_snapshot"]


def prepare_snapshot(*predictors: Predictor[Any, Any]) -> None:
    """Register what a function that answers with `predictors` does around its snapshot.

    A function that holds clients, whose connections do not survive, renews them after these.
    """
    for predictor in predictors:
        register_before_snapshot(predictor.warm_up)
    for renew in (random.seed, _seed_numpy, *(predictor.forget for predictor in predictors)):
        register_after_restore(renew)


def _seed_numpy() -> None:
    """Reseed numpy's global generator if anything loaded it: importing it here would cost a restore 20 ms."""
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()
