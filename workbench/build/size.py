"""What the artefacts weigh, zipped as `sam package` zips them, against Lambda's limits and our budgets.

Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; its 50 and 250 MB are counted in MiB.
"""

import os
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from workbench.build.digest import files_below
from workbench.build.dist import LAYER, artefact
from workbench.build.target import Arch
from workbench.local.template import Template
from workbench.progress import task_progress

__all__ = ["AWS", "BUDGETS", "MIB", "TOGETHER", "Row", "Weight", "packages", "rows", "weigh"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes, as a zip file and unpacked."""

    zipped: float
    unpacked: float

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.zipped + other.zipped, self.unpacked + other.unpacked)

    def fits(self, limit: "Weight") -> bool:
        return self.zipped <= limit.zipped and self.unpacked <= limit.unpacked


AWS = Weight(50 * MIB, 250 * MIB)  # one zip file uploaded directly; a function with all its layers
TOGETHER = Weight(float("inf"), 200 * MIB)  # our budget for a function with its layers
# Our budgets for one zip file, by logical id; AWS's limits for what is not named.
BUDGETS = {
    LAYER: Weight(48 * MIB, 140 * MIB),
    "EmbedFunction": Weight(50 * MIB, 26 * MIB),
    "EmbedWorker": Weight(50 * MIB, 26 * MIB),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One artefact, or a function with its layers, and what it may weigh."""

    name: str
    weight: Weight
    limit: Weight


def weigh(folder: Path) -> Weight:
    """What a folder weighs."""
    files = files_below(folder)
    with TemporaryFile() as zipped:
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in files.items():
                archive.write(path, name)
        return Weight(zipped.seek(0, os.SEEK_END), sum(path.stat().st_size for path in files.values()))


def rows(template: Template, arch: Arch) -> Iterator[Row]:
    """The layer, then each function alone and with the layer."""
    weights = _weigh_each(template, arch)
    yield Row(LAYER, weights[LAYER], BUDGETS[LAYER])
    for function in template.functions:
        name = function.logical_id
        yield Row(name, weights[name], BUDGETS.get(name, AWS))
        yield Row("  with its layer", weights[name] + weights[LAYER], TOGETHER)


def packages(layer: Path) -> Mapping[str, int]:
    """Unpacked bytes of each package of the layer, the biggest first; shared libraries count with theirs."""
    sizes = Counter[str]()
    for name, path in files_below(layer).items():
        sizes[name.partition("/")[0].removesuffix(".libs")] += path.stat().st_size
    return dict(sizes.most_common())


def _weigh_each(template: Template, arch: Arch) -> dict[str, Weight]:
    """By logical id; functions of one folder share what is weighed once."""
    names = [LAYER, *(function.logical_id for function in template.functions)]
    folders = {name: artefact(template, name, arch)[0] for name in names}
    weights = {}
    with task_progress("zipping", len(set(folders.values()))) as progress:
        for folder in dict.fromkeys(folders.values()):
            weights[folder] = weigh(folder)
            progress.advance()
    return {name: weights[folder] for name, folder in folders.items()}
