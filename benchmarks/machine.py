"""What a figure was measured on, and with."""

import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions
from pathlib import Path

from workbench.processor import described, fields, model_name

__all__ = ["cpu_flags", "cpu_model", "versions"]

PACKAGES = (
    *("modelet", "onnxruntime", "numpy", "fastapi", "awslambdaric"),
    *("torch", "transformers", "sentence-transformers", "openvino", "nncf", "fastembed"),
)
# Instruction sets that decide how fast int8 is, on x86 and on arm64.
FLAGS = {"avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm", "sve"}


def cpu_model() -> str:
    """What the processor calls itself."""
    told = fields()
    family = f" (family {told['cpu family']}, model {told['model']})" if "cpu family" in told else ""
    return f"{model_name()}{family}"


def cpu_flags() -> list[str]:
    """The instruction sets among FLAGS that this processor has."""
    words: Iterable[str] = described().lower().split()
    return sorted(FLAGS.intersection(words))


def versions(others: Sequence[Path] = ()) -> dict[str, str]:
    """Python's, and of each package that is installed here or else in the folders `others`."""
    installed = {one.name: one.version for one in distributions(path=[*map(str, others), *sys.path])}
    return {"python": platform.python_version()} | {name: installed[name] for name in PACKAGES if name in installed}
