"""Virtual environments of their own: for the peers of each benchmark, and for what ships."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from workbench.build.prune import prune
from workbench.progress import console, track

__all__ = ["ROOT", "enter_peers_environment", "packages", "peers_python", "shipped_python"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".bench"


def enter_peers_environment(name: str) -> None:
    """Go on in the peers' Python, with this project and the onnxruntime that runs now. Returns when already there."""
    if Path(sys.prefix).resolve() == (FOLDER / name).resolve():
        return
    first, *others = _requirements(name)
    constraint = f"onnxruntime=={version('onnxruntime')}"
    if not _made(name, [[first], ["--editable", f"{ROOT}[workbench]"], *([peer] for peer in others)], constraint):
        _require(name, "modelet")
    python = _python(name)
    os.execv(python, [str(python), *sys.argv])


def peers_python(name: str) -> Path:
    """Python of the environment `.bench/NAME`, made on first use from requirements-NAME.txt and nothing else."""
    _made(name, [[peer] for peer in _requirements(name)])
    return _python(name)


def shipped_python() -> Path:
    """Python with the layer's dependencies for this version of it, pruned as they are, and AWS's runtime client.

    modelet itself comes by the path.
    """
    name, project = "shipped", tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not _made(name, [[*project["dependencies"], f"awslambdaric=={version('awslambdaric')}"]]):
        raise SystemExit(f"the dependencies of pyproject.toml could not be installed into {FOLDER / name}")
    prune(packages(name))
    return _python(name)


def packages(name: str) -> Path:
    """The folder with the packages of an environment."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(FOLDER / name)}))


def _python(name: str) -> Path:
    return FOLDER / name / "bin" / "python"


def _requirements(name: str) -> list[str]:
    lines = Path(__file__).with_name(f"requirements-{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _require(name: str, package: str) -> None:
    if not any(packages(name).glob(f"{package}-*.dist-info")):
        raise SystemExit(f"{package} could not be installed into {FOLDER / name}")


def _made(name: str, steps: Sequence[Sequence[str]], constraint: str = "") -> bool:
    """Bring an environment up to date, a pip install for each of `steps`. Whether all of them are in it."""
    folder, stamp = FOLDER / name, FOLDER / name / ".installed"
    wanted = hashlib.sha256("\n".join([constraint, *(word for step in steps for word in step)]).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return True
    if not _python(name).exists():
        venv.create(folder, with_pip=True)
    (folder / "constraints.txt").write_text(constraint + "\n", encoding="utf-8")
    done = [_pip_install(folder, step) for step in track(steps, f"installing {folder.name}", len(steps))]
    if all(done):
        stamp.write_text(wanted, encoding="utf-8")
    return all(done)


def _pip_install(folder: Path, arguments: Sequence[str]) -> bool:
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--constraint", str(folder / "constraints.txt"), *arguments], check=False)
    if done.returncode:
        console.print(f"[yellow]{' '.join(arguments)} could not be installed[/]")
    return done.returncode == 0
