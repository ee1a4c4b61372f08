"""What classifiers answer: a score for every label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from modelet.bundle import Bundle
from modelet.manifest import Activation
from modelet.tasks.activations import FUNCTIONS, Function
from modelet.tasks.base import OBJECT, Output, Prepared, TextOrPair, TextTask

__all__ = ["Classification", "Classifier"]


@dataclass(frozen=True, slots=True)
class Classification:
    """float32 `logits` [windows, labels], in the order of the manifest's labels, and what they came of."""

    logits: NDArray[np.float32]
    activation: Activation
    tokens: int
    truncated: bool

    @classmethod
    def of(cls, prepared: Prepared[bool], outputs: Sequence[Output], activation: Activation) -> Self:
        """The answer to an item of which preparing noted whether it was cut."""
        logits = np.stack(outputs)
        logits.flags.writeable = False  # the cache hands out the same array again
        return cls(logits, activation, prepared.tokens, prepared.read)

    @property
    def size(self) -> int:
        return self.logits.nbytes + OBJECT

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """[labels], by the activation that the model was trained for."""
        return self.scores(self.activation)

    def scores(self, function: Function) -> NDArray[np.float32]:
        """[labels], by `function` of the logits; of several windows each label has its greatest."""
        result: NDArray[np.float32] = FUNCTIONS[function](self.logits).max(axis=0)
        return result


class Classifier(TextTask[TextOrPair]):
    """Base of those classifiers that read texts by a tokenizer."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._activation: Activation = bundle.manifest.activation or "softmax"

    def postprocess(self, prepared: Prepared[bool], outputs: Sequence[Output]) -> Classification:
        return Classification.of(prepared, outputs, self._activation)
