"""Encoded examples on disk: a file of gigabytes must not need as much memory."""

import pickle
import weakref
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import overload

from workbench.training.objectives import Encoded

__all__ = ["Store"]


class Store(Sequence[Encoded]):
    """Examples that are written once and read in any order; eight bytes of memory each.

    The file has no name: nobody else can write what is unpickled here, and it goes with the process.
    """

    def __init__(self, examples: Iterable[Encoded], folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._starts = array("q")
        for example in examples:
            self._starts.append(self._file.tell())
            pickle.dump(example, self._file, pickle.HIGHEST_PROTOCOL)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Encoded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Encoded]: ...
    def __getitem__(self, index: int | slice) -> Encoded | list[Encoded]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        self._file.seek(self._starts[index])
        example: Encoded = pickle.load(self._file)
        return example
