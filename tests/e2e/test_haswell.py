"""The same bundle, as good, on a CPU without VNNI: built and gated under qemu's Haswell, whose sums saturate."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modelet.bundle import Bundle

QEMU = shutil.which("qemu-x86_64-static")
ROOT = Path(__file__).parents[2]


@pytest.mark.emulated
@pytest.mark.skipif(QEMU is None, reason="needs qemu-x86_64-static (Debian package qemu-user-static)")
def test_embed_has_the_same_digest_and_passes_its_gate_without_vnni() -> None:
    script, function = ROOT / "tests/e2e/emulated_gate.py", ROOT / "functions/embed"
    command = [str(QEMU), "-cpu", "Haswell", sys.executable, str(script), str(function)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    report = json.loads(found.stdout)
    assert report["digest"] == Bundle.load(function / "model").manifest.digest
    assert all(passed for _, _, passed in report["checks"]), report["checks"]
