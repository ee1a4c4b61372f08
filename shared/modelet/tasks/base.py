"""What a family of tasks is, and what those families share that read texts by a tokenizer."""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from modelet.bundle import Bundle
from modelet.errors import BundleError
from modelet.tokenizer import Encoding, TextTokenizer

__all__ = ["EXAMPLE", "OBJECT", "Answered", "Ids", "Output", "Prepared", "Task", "TextOrPair", "TextTask", "Windowed"]

Item = TypeVar("Item")
TextOrPair = TypeVar("TextOrPair", bound=str | tuple[Any, ...])
Read = TypeVar("Read")
Answer = TypeVar("Answer", bound="Answered", covariant=True)
Ids = NDArray[np.int64]
Output = NDArray[np.float32]

OBJECT = 256  # bytes of an answer beside its arrays, about
EXAMPLE = "The first text costs a little more than those after it."


class Prepared(NamedTuple, Generic[Read]):
    """An item as the model reads it: what `postprocess` must know, and the sequences [tokens], run one at a time."""

    read: Read
    sequences: list[Ids]

    @property
    def tokens(self) -> int:
        """What the model reads, special tokens and overlaps included."""
        return sum(map(len, self.sequences))


class Windowed(NamedTuple):
    """A text of any length and the windows of its tokens that are run."""

    encoding: Encoding
    windows: list[slice]


class Answered(Protocol):
    """What all answers tell."""

    @property
    def truncated(self) -> bool:
        """Whether the end of a text was cut, since the model does not read so much."""
        ...

    @property
    def size(self) -> int:
        """Bytes that keeping the answer costs, about."""
        ...


class Task(Protocol[Item, Answer]):
    """A family of tasks: which files of a bundle it reads, and what comes before and after the runs.

    `example` is an item to warm up with. `postprocess` gets one output for each sequence.
    """

    name: str
    example: Item

    def __init__(self, bundle: Bundle) -> None: ...
    def check(self, item: Item, field: str) -> None:
        """Raise InvalidInputError naming `field`, or a part of it, if the model could not read `item`."""
        ...

    def preprocess(self, item: Item) -> Prepared[Any]: ...
    def postprocess(self, prepared: Prepared[Any], outputs: Sequence[Output]) -> Answer: ...
    def fingerprint(self, item: Item) -> tuple[bytes, ...]:
        """What decides the answer to `item`, for the cache key."""
        ...


class TextTask(Generic[TextOrPair]):
    """Base of the families whose items are texts, or with `pair` two of them; `_room` is what they may take.

    No text of a pair can say where it ends: special tokens are read verbatim there.
    """

    pair = False

    def __init__(self, bundle: Bundle) -> None:
        self._tokenizer = TextTokenizer(bundle.tokenizer, verbatim=self.pair)
        specials = self._tokenizer.pair_specials if self.pair else self._tokenizer.specials
        limits = bundle.manifest.limits
        self._room, self._overlap = limits.max_tokens - specials, limits.overlap
        if self._room <= self._overlap:
            raise BundleError(f"{bundle.manifest.id}: windows of {self._room} tokens cannot overlap by {self._overlap}")

    def check(self, item: TextOrPair, field: str) -> None:
        """A tokenizer reads any text."""

    def fingerprint(self, item: TextOrPair) -> tuple[bytes, ...]:
        return (item.encode(),) if isinstance(item, str) else tuple(text.encode() for text in item)
