"""Import times by package, as `python -X importtime` tells them.

Source: https://docs.python.org/3/using/cmdline.html#cmdoption-X.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Mapping

from workbench.coldstart.probe import MARK

__all__ = ["STANDARD_LIBRARY", "packages"]

STANDARD_LIBRARY = "standard library"
# `import time: self [us] | cumulative | imported package`
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def packages(said: str) -> Mapping[str, float]:
    """Milliseconds that the modules of each top-level package took themselves, during INIT."""
    _, init, _ = said.split(MARK)
    times: dict[str, float] = defaultdict(float)
    for microseconds, name in _LINE.findall(init):
        times[_package(name)] += int(microseconds) / 1000
    return times


def _package(module: str) -> str:
    name = module.partition(".")[0]
    return STANDARD_LIBRARY if name in sys.stdlib_module_names else name
