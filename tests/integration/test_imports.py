"""A cold start pays for every module: ceilings on how many a handler loads, and what it must never load.

Times are a measurement: `modelet coldstart`.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HTTP = {"fastapi", "mangum", "starlette"}
NEVER = {
    "aws_xray_sdk",
    "boto3",
    "botocore.session",  # not the bare package, which Powertools imports where there is one
    "huggingface_hub",
    "onnx",
    "torch",
    "transformers",
    "workbench",
}
ALIKE = (
    *("embed", "emotion", "intent", "language", "moderate", "ner"),
    *("qa", "rerank", "sentiment", "similarity", "summarize", "zeroshot"),
)
# Modules in sys.modules after the import, rounded up by a tenth. Raise a ceiling knowingly.
CEILINGS = {
    **{f"functions.{name}.api": 680 for name in ALIKE},
    **{f"functions.{name}.worker": 565 for name in ALIKE},
    "functions.redact.api": 780,
    "functions.redact.worker": 665,
}


@cache
def loaded(module: str, root: Path) -> frozenset[str]:
    """Names of the modules that a fresh interpreter holds after importing `module`."""
    code = f"import sys, {module}; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize(("module", "ceiling"), CEILINGS.items())
def test_a_handler_loads_no_more_modules_than_it_may(bundles: Path, module: str, ceiling: int) -> None:
    assert len(loaded(module, bundles)) <= ceiling


@pytest.mark.parametrize("module", CEILINGS)
def test_a_handler_loads_nothing_heavy(bundles: Path, module: str) -> None:
    assert not NEVER & loaded(module, bundles)


@pytest.mark.parametrize("module", CEILINGS)
def test_only_http_entries_load_http(bundles: Path, module: str) -> None:
    expected = HTTP if module.endswith(".api") else set()
    assert HTTP & loaded(module, bundles) == expected


def test_every_function_has_a_ceiling(bundles: Path) -> None:
    entries = {path for task in bundles.glob("functions/*/model.toml") for path in task.parent.glob("*.py")}
    handlers = {f"functions.{path.parent.name}.{path.stem}" for path in entries if path.stem in ("api", "worker")}
    assert handlers == CEILINGS.keys()


@pytest.mark.parametrize("module", CEILINGS)
def test_init_is_quiet_while_it_lasts_and_no_longer(bundles: Path, module: str) -> None:
    """What modelet.init saves holds for each handler: the collector waits, and FastAPI's own models are not built."""
    code = f"""
import gc, sys
usual = gc.get_threshold()
import {module}
models = sys.modules.get("fastapi.openapi.models")
print(gc.get_threshold() == usual, gc.get_freeze_count() > 10_000, models and models.OpenAPI.__pydantic_complete__)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=bundles, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "False" if module.endswith(".api") else "None"]


def test_onnxruntime_reports_to_nobody(bundles: Path, tmp_path: Path) -> None:
    """Its wheels keep an id of the device and a queue of events under HOME, though not where CI is set."""
    code = "from functions.embed.service import predictor; predictor.predict(['text'])"
    variables = {name: value for name, value in os.environ.items() if name != "CI"} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=bundles, env=variables, check=True)
    assert not list(tmp_path.rglob("*"))
