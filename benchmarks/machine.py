"""What a figure was measured on, and with."""

import platform
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["cpu_flags", "cpu_model", "versions"]

PACKAGES = ("modelet", "onnxruntime", "torch", "transformers", "openvino", "nncf", "fastembed", "numpy")
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


def versions() -> dict[str, str]:
    """Python's, and of each package that is installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
