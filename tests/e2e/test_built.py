"""What was built runs where it is meant to: in Lambda's image, from a file system that cannot be written."""

import subprocess
from pathlib import Path

import pytest

from workbench.build.bytecode import find_compiler
from workbench.build.dist import build, dist_folder
from workbench.build.target import IMAGE, Arch
from workbench.local.template import Function, read_template

ROOT = Path(__file__).parents[2]
FUNCTIONS = read_template(ROOT / "template.yaml").functions
# As the managed runtime looks for modules, its own boto3 last, and the handler as it is found there.
IMPORT = (
    "import importlib, sys; module, name = sys.argv[1].rsplit('.', 1); getattr(importlib.import_module(module), name)"
)


def in_image(*command: str) -> "subprocess.CompletedProcess[str]":
    run = ["docker", "run", "--rm", "--pull=never", "--network=none", "--read-only", "--user=65534"]
    return subprocess.run([*run, *command], capture_output=True, text=True)


@pytest.fixture(scope="module")
def dist(docker: None, bundles: Path) -> Path:
    """dist/x86_64, where containers run."""
    build(bundles, Arch.X86_64, find_compiler())
    return dist_folder(bundles, Arch.X86_64)


@pytest.mark.docker
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.logical_id)
def test_a_handler_can_be_imported_with_nothing_but_its_artefact_and_its_layer(function: Function, dist: Path) -> None:
    task = dist / "functions" / function.folder
    mounts = [f"--volume={dist / 'layer'}:/opt:ro", f"--volume={task}:/var/task:ro"]
    variables = [f"--env={name}={value}" for name, value in function.environment.items()]
    python = ["--env=PYTHONPATH=/var/task:/opt/python:/var/runtime", "--entrypoint=python3", IMAGE]
    done = in_image(*mounts, *variables, *python, "-c", IMPORT, function.handler)
    assert done.returncode == 0, done.stderr
