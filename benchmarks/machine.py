"""What a figure was measured on, and with."""

import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

__all__ = ["cpu_flags", "cpu_model", "versions"]

PACKAGES = (
    *("modelet", "onnxruntime", "numpy", "fastapi", "awslambdaric"),
    *("torch", "transformers", "sentence-transformers", "openvino", "nncf", "fastembed"),
)
# Instruction sets that decide how fast int8 is, on x86 and on arm64.
FLAGS = {"avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm", "sve"}


@cache
def _described() -> str:
    """The first processor of /proc/cpuinfo; elsewhere what sysctl says."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        return cpuinfo.read_text(encoding="utf-8").partition("\n\n")[0]
    done = subprocess.run(["sysctl", "machdep.cpu"], capture_output=True, text=True, check=False)
    return done.stdout


def cpu_model() -> str:
    """What the processor calls itself."""
    fields = dict(re.findall(r"^(?:machdep\.cpu\.)?([\w ]+?)\s*:\s*(.+)$", _described(), re.MULTILINE))
    name = fields.get("model name") or fields.get("brand_string") or platform.machine()
    family = f" (family {fields['cpu family']}, model {fields['model']})" if "cpu family" in fields else ""
    return f"{name}{family}"


def cpu_flags() -> list[str]:
    """The instruction sets among FLAGS that this processor has."""
    words: Iterable[str] = _described().lower().split()
    return sorted(FLAGS.intersection(words))


def versions(others: Sequence[Path] = ()) -> dict[str, str]:
    """Python's, and of each package that is installed here or else in the folders `others`."""
    installed = {one.name: one.version for one in distributions(path=[*map(str, others), *sys.path])}
    return {"python": platform.python_version()} | {name: installed[name] for name in PACKAGES if name in installed}
