"""What of a function's folder ships: its code and bundles, not what packaging reads."""

from pathlib import Path

import pytest

from modelet.errors import BundleError
from tests.tiny import write_bundle
from workbench.build.parts import function_part

SPEC = f"""
name = "tiny"
version = "1.0.0"
task = "embedding"
architecture = "bert"
head = "embedding"
adapter = "adapter"
companions = ["other"]
source.uris = ["file:source"]
source.files.weights = {{ path = "weights", sha256 = "{"0" * 64}" }}
source.files.config = {{ path = "config.json", sha256 = "{"0" * 64}" }}
source.files.tokenizer = {{ path = "tokenizer.json", sha256 = "{"0" * 64}" }}
license = {{ spdx = "CC0-1.0", attribution = "nobody" }}
limits.max_tokens = 24
recipe = {{ precision = "int8", calibration = "calibration.json" }}
"""
BUNDLE = ["manifest.json", "model.onnx", "tokenizer.json"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Functions `tiny`, which has `other`'s bundle beside its own, and `third`, which has the one of `other`."""
    functions = tmp_path / "functions"
    for folder in ("tiny/model", "tiny/companions/other", "other/model", "third/model"):
        write_bundle(functions / folder)
    for name in ("adapter/adapter.safetensors", "adapter/training.json", "calibration.json", "api.py", "words.json"):
        (functions / "tiny" / name).parent.mkdir(exist_ok=True)
        (functions / "tiny" / name).touch()
    (functions / "tiny" / "model.toml").write_text(SPEC)
    (functions / "other" / "model.toml").write_text(SPEC.replace('"other"', ""))
    (functions / "third" / "model.toml").write_text('same_as = "other"')
    return tmp_path


def shipped(project: Path, name: str) -> list[str]:
    files = function_part(project, name, "").files
    return sorted(path.removeprefix(f"functions/{name}/") for path in files if path != "functions/__init__.py")


def test_bundles_of_others_ship_and_adapters_do_not(project: Path) -> None:
    bundles = [f"{folder}/{name}" for folder in ("companions/other", "model") for name in BUNDLE]
    assert shipped(project, "tiny") == ["api.py", *bundles, "words.json"]


def test_a_copied_bundle_ships_as_the_functions_own(project: Path) -> None:
    assert shipped(project, "third") == [f"model/{name}" for name in BUNDLE]


@pytest.mark.parametrize("missing", ["model", "companions/other"])
def test_a_bundle_that_is_missing_is_told(project: Path, missing: str) -> None:
    (project / "functions/tiny" / missing / "manifest.json").unlink()
    with pytest.raises(BundleError, match=rf"{missing}/manifest\.json is missing"):
        function_part(project, "tiny", "")
