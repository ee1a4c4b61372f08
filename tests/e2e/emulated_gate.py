"""Run by test_haswell.py under an emulated CPU: build a function's bundle, gate it on fewer texts, print that."""

import json
import sys
import tempfile
from pathlib import Path

from workbench.packager.build import build_model
from workbench.packager.fetch import fetch
from workbench.packager.gate import gate_texts, run_gate
from workbench.packager.package import build_reference, open_bundle, write_bundle
from workbench.packager.spec import ModelSpec

EVERY = 6  # emulation takes about a second a text


def main(function: Path) -> None:
    """Print the digest and the gate's checks as JSON."""
    spec = ModelSpec.load(function)
    files = fetch(spec.source)
    with tempfile.TemporaryDirectory() as folder:
        bundle = write_bundle(Path(folder) / "bundle", spec, function, files, build_model(spec, files, function))
        reference = None if spec.recipe.precision == "as-is" else open_bundle(build_reference(function, Path(folder)))
        checks = run_gate(spec.gate, open_bundle(bundle), reference, function, gate_texts()[::EVERY])
    report = {"digest": bundle.manifest.digest, "checks": [[c.name, c.value, c.passed] for c in checks]}
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
