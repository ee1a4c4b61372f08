"""A function of the user's own, made after one that is there: its entries, and a model.toml of its own."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import tomli_w

from workbench.packager.spec import SPEC_FILE
from workbench.training.backbone import Backbone
from workbench.training.spec import TrainingError, TrainSpec

__all__ = ["WORKSPACE", "check_place", "write_service"]

WORKSPACE = ".training"  # in a function's folder: what a training that is not done has so far


def check_place(out: Path, like: Path) -> None:
    """Raises TrainingError unless `out` can become a function's folder beside the function `like`."""
    if out.resolve().parent != like.resolve().parent or not re.fullmatch(r"[a-z][a-z0-9_]*", out.name):
        raise TrainingError(f"--out {out}: name a folder beside {like.name}, such as {like.parent.name}/my_{like.name}")
    if out.exists() and any(path.name != WORKSPACE for path in out.iterdir()):
        raise TrainingError(f"--out {out} holds something already; name another folder, or move that away")


def write_service(
    folder: Path, name: str, like: Path, labels: Sequence[str], backbone: Backbone, plan: TrainSpec
) -> None:
    """Write into `folder` what the function `name` consists of, but for its adapter and calibration."""
    for path in (*like.glob("*.py"), *like.glob("requirements.*")):
        content = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(_renamed(content, like.name, name), encoding="utf-8")
    (folder / "__init__.py").write_text(f'"""Made by `modelet train {like.name} --out {name}`."""\n', encoding="utf-8")
    model = tomllib.loads((like / SPEC_FILE).read_text(encoding="utf-8"))
    model |= {
        "name": name.replace("_", "-"),
        "version": "1.0.0",
        "architecture": backbone.architecture,
        "source": backbone.source.model_dump(mode="json"),
        "license": backbone.license.model_dump(),
        "train": plan.model_dump(mode="json", exclude={"data", "teacher"}, exclude_none=True),
    }
    model |= {"labels": list(labels)} if labels else {}
    (folder / SPEC_FILE).write_text(tomli_w.dumps(model), encoding="utf-8")


def _renamed(source: str, old: str, new: str) -> str:
    """Code with the function's package and routes renamed."""
    return re.sub(rf"(functions\.|/v\d+/){old}\b", rf"\g<1>{new}", source)
