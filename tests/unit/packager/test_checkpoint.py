"""Checkpoints as they are published: with the encoder's prefix or without, and in bfloat16."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.unit.packager.reference import checkpoint
from workbench.packager.checkpoint import read_weights
from workbench.packager.spec import PackagerError


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_names_lose_the_encoders_prefix(tmp_path: Path, prefix: str) -> None:
    save_file(checkpoint(prefix), tmp_path / "model.safetensors")
    read = read_weights(tmp_path / "model.safetensors")
    assert read.keys() == checkpoint().keys()
    assert (read["classifier.weight"] == checkpoint()["classifier.weight"]).all()


def test_what_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"pickled")
    with pytest.raises(PackagerError, match="weights cannot be read as safetensors"):
        read_weights(tmp_path / "weights")


def test_bfloat16_is_read(tmp_path: Path) -> None:
    header = b'{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    (tmp_path / "weights").write_bytes(len(header).to_bytes(8, "little") + header + b"\x80\x3f\x20\xc0")
    assert np.asarray(read_weights(tmp_path / "weights")["x"], np.float32).tolist() == [1.0, -2.5]
