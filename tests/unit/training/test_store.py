"""Examples on disk; needs the extra `train`, since what they are encoded by does."""

from pathlib import Path

import numpy as np
import pytest

EXTRA = "needs the extra: pip install -e '.[train]'"
pytest.importorskip("torch", reason=EXTRA)

from workbench.training.objectives import Encoded  # noqa: E402
from workbench.training.store import Store  # noqa: E402


def test_a_store_gives_back_what_was_written_and_leaves_no_file(tmp_path: Path) -> None:
    examples = [Encoded([np.arange(n + 1)], frozenset({n})) for n in range(5)]
    store = Store(iter(examples), tmp_path)
    assert not list(tmp_path.iterdir())
    assert len(store) == 5
    assert store[3].sequences[0].tolist() == [0, 1, 2, 3]
    assert [one.target for one in store] == [one.target for one in examples]
    assert [one.size for one in store[1:4:2]] == [2, 4]
    with pytest.raises(IndexError):
        store[5]
