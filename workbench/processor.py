"""What the processor of this machine says of itself."""

import platform
import re
import subprocess
from functools import cache
from pathlib import Path

__all__ = ["described", "fields", "model_name"]


@cache
def described() -> str:
    """The first processor of /proc/cpuinfo; elsewhere what sysctl says."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        return cpuinfo.read_text(encoding="utf-8").partition("\n\n")[0]
    done = subprocess.run(["sysctl", "machdep.cpu"], capture_output=True, text=True, check=False)
    return done.stdout


def fields() -> dict[str, str]:
    """What is said of it, by name."""
    return dict(re.findall(r"^(?:machdep\.cpu\.)?([\w ]+?)\s*:\s*(.+)$", described(), re.MULTILINE))


def model_name() -> str:
    """What it calls itself, or else its architecture."""
    told = fields()
    return told.get("model name") or told.get("brand_string") or platform.machine()
