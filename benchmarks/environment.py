"""The peers' own virtual environment, so that none of them comes near what ships."""

import hashlib
import os
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

from workbench.progress import console, track

__all__ = ["ROOT", "enter_peers_environment"]

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path(__file__).with_name("requirements-encoder.txt")
FOLDER = ROOT / ".bench"
STAMP = FOLDER / ".encoder"


def enter_peers_environment() -> None:
    """Go on in `.bench`'s Python, made on first use with the onnxruntime that runs now. Returns when already there."""
    if Path(sys.prefix).resolve() == FOLDER.resolve():
        return
    constraint = f"onnxruntime=={version('onnxruntime')}"
    wanted = hashlib.sha256(f"{constraint}\n{REQUIREMENTS.read_text(encoding='utf-8')}".encode()).hexdigest()
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != wanted:
        _install(constraint, wanted)
    python = FOLDER / "bin" / "python"
    os.execv(python, [str(python), *sys.argv])


def _install(constraint: str, stamp: str) -> None:
    """Install torch, this project and each peer. Only when all are there does the next run skip this."""
    if not (FOLDER / "bin" / "python").exists():
        venv.create(FOLDER, with_pip=True)
    (FOLDER / "constraints.txt").write_text(constraint + "\n", encoding="utf-8")
    lines = [line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    torch, *peers = lines
    project = ["--editable", f"{ROOT}[workbench]"]
    steps = [[torch], project, *([peer] for peer in peers)]
    refused = [step for step in track(steps, "installing the peers", len(steps)) if not _pip_install(step)]
    if project in refused:
        raise SystemExit(f"{ROOT} itself could not be installed into {FOLDER}")
    if not refused:
        STAMP.write_text(stamp, encoding="utf-8")


def _pip_install(arguments: list[str]) -> bool:
    command = [str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--constraint", str(FOLDER / "constraints.txt"), *arguments], check=False)
    if done.returncode:
        console.print(f"[yellow]{' '.join(arguments)} could not be installed[/]")
    return done.returncode == 0
