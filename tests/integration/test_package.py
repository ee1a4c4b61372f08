"""Packaging from a folder on disk, end to end, with a random model: written whole, or not at all."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from modelet.bundle import Bundle
from modelet.manifest import Manifest
from tests.tiny import write_source
from workbench.packager import gate
from workbench.packager import package as packaging
from workbench.packager.adapter import low_rank, read_adapter, write_adapter
from workbench.packager.calibrate import CalibrationError
from workbench.packager.package import Packaged, open_bundle, package
from workbench.packager.recalibrate import calibrate
from workbench.packager.spec import PackagerError

FILES = {"weights": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json"}
TEXTS = ["a bad cab", "deaf, dumb and glad", "feed a dead head", "abc" * 5, "cafe"]

EMBEDDING = 'architecture = "bert"\ntask = "embedding"\nhead = "embedding"'
SPEC = """
name = "tiny"
version = "1.0.0"
{family}
[source]
uris = ["file:{missing}", "file:{source}"]
[source.files]
{files}
[license]
spdx = "CC0-1.0"
attribution = "random numbers"
[limits]
max_tokens = 24
[recipe]
precision = "int8"
calibration = "calibration.json"
[gate]
mean_cosine = {mean_cosine}
"""


@pytest.fixture(autouse=True)
def _few_texts_and_an_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gate, "gate_texts", lambda: TEXTS)


def write_spec(function: Path, mean_cosine: float = 0.9, swapped: Sequence[str] = (), family: str = EMBEDDING) -> None:
    source = function.parent / "source"
    hashes = {role: hashlib.sha256((source / name).read_bytes()).hexdigest() for role, name in FILES.items()}
    pinned = {role: "0" * 64 if role in swapped else digest for role, digest in hashes.items()}
    files = "\n".join(f'{role} = {{ path = "{FILES[role]}", sha256 = "{pinned[role]}" }}' for role in FILES)
    missing = function.parent / "missing"
    text = SPEC.format(family=family, missing=missing, source=source, files=files, mean_cosine=mean_cosine)
    (function / "model.toml").write_text(text)


@pytest.fixture
def function(tmp_path: Path) -> Path:
    """A function's folder with a model.toml and its calibration, and beside it the source that it names."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    write_source(tmp_path / "source")
    write_spec(folder)
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS))
    calibrate(folder, tmp_path / "texts.txt")
    return folder


def digest_of(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def left_behind(function: Path) -> list[str]:
    return sorted(path.name for path in function.iterdir() if path.name not in ("model.toml", "calibration.json"))


def test_a_bundle_is_written_and_answers(function: Path) -> None:
    packaged = package(function)
    assert packaged == Packaged(packaged.manifest, function / "model")
    assert left_behind(function) == ["model"]
    bundle = Bundle.load(function / "model")
    assert set(digest_of(bundle.folder)) == {"MODEL_CARD.md", "manifest.json", "model.onnx", "tokenizer.json"}
    assert bundle.manifest.passed
    assert {check.name for check in bundle.manifest.gate} >= {"mean cosine to fp32", "minimum cosine to fp32"}
    assert open_bundle(bundle).predict(["a bad cab"])[0].vector.shape == (32,)


def test_the_second_time_it_is_up_to_date(function: Path) -> None:
    first = package(function)
    before = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    second = package(function)
    assert (first.built, second.built, second.written) == (True, False, True)
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == before


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json", "manifest.json", "MODEL_CARD.md"])
def test_a_damaged_bundle_is_built_again(function: Path, damaged: str) -> None:
    whole = digest_of(package(function).folder)
    (function / "model" / damaged).write_bytes(b"damaged")
    assert package(function).built
    assert digest_of(function / "model") == whole


def test_another_calibration_is_another_bundle(function: Path, tmp_path: Path) -> None:
    first = package(function)
    (tmp_path / "texts.txt").write_text("a deaf cafe\n")
    calibrate(function, tmp_path / "texts.txt")
    second = package(function)
    assert second.built
    assert second.manifest.digest != first.manifest.digest


def test_packaging_gives_the_same_bytes_again(function: Path, tmp_path: Path) -> None:
    first, second = package(function), package(function, force=True, out=tmp_path / "elsewhere" / "model")
    assert second.built
    assert second.manifest.digest == first.manifest.digest
    assert digest_of(second.folder) == digest_of(first.folder)


@pytest.mark.parametrize("role", FILES)
def test_a_wrong_hash_is_refused_with_both_hashes(function: Path, role: str) -> None:
    right = hashlib.sha256((function.parent / "source" / FILES[role]).read_bytes()).hexdigest()
    write_spec(function, swapped=[role])
    with pytest.raises(PackagerError, match=f"{FILES[role]} has sha256 {right}, but {'0' * 64} is pinned"):
        package(function)
    assert left_behind(function) == []


def test_a_source_that_is_not_there_is_told(function: Path, tmp_path: Path) -> None:
    (tmp_path / "source").rename(tmp_path / "moved")
    (tmp_path / "cache").rename(tmp_path / "lost")
    with pytest.raises(
        PackagerError, match=r"no source answered:\n .*missing.*does not exist\n .*source.*does not exist"
    ):
        package(function)
    assert left_behind(function) == []


def test_what_was_fetched_is_not_fetched_again(function: Path, tmp_path: Path) -> None:
    package(function)
    (tmp_path / "source").rename(tmp_path / "moved")
    assert package(function, force=True).built


def test_a_damaged_download_is_fetched_again(function: Path, tmp_path: Path) -> None:
    first = package(function)
    for path in (tmp_path / "cache" / "modelet").glob("[0-9a-f]*"):
        path.write_bytes(b"damaged")
    assert package(function, force=True).manifest.digest == first.manifest.digest


def test_a_bundle_below_its_gate_is_not_written(function: Path) -> None:
    whole = digest_of(package(function).folder)
    write_spec(function, mean_cosine=1.1)
    packaged = package(function, force=True)
    assert not packaged.written
    assert [check.name for check in packaged.manifest.gate if not check.passed] == ["mean cosine to fp32"]
    assert digest_of(function / "model") == whole
    assert left_behind(function) == ["model"]


def test_a_bundle_below_its_gate_is_written_on_demand_with_its_failure(function: Path) -> None:
    write_spec(function, mean_cosine=1.1)
    assert package(function, allow_below_gate=True).written
    manifest = Manifest.model_validate_json((function / "model" / "manifest.json").read_bytes())
    assert [check.limit for check in manifest.gate if not check.passed] == [1.1]
    assert "| at least 1.1 | **no** |" in (function / "model" / "MODEL_CARD.md").read_text()
    assert package(function).built  # what failed is never up to date


RUN = "import sys; from pathlib import Path; from workbench.packager import gate, package; "
RUN += f"gate.gate_texts = lambda: {TEXTS!r}; "
PACKAGE = RUN + "package.package(Path(sys.argv[1]), force=True)"
# Stops for good once the new bundle is whole, but not in its place.
STUCK = RUN + "import time; package.put_in_place = lambda *_: (print('stuck', flush=True), time.sleep(60)); " + PACKAGE


def start(code: str, function: Path) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", code, str(function)], cwd=root, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )


def test_a_crash_leaves_the_old_bundle(function: Path) -> None:
    whole = digest_of(package(function).folder)
    with start(STUCK, function) as process:
        assert process.stdout
        assert any("stuck" in line for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    assert digest_of(function / "model") == whole
    assert Bundle.load(function / "model").manifest.passed
    assert len(left_behind(function)) == 2
    package(function, force=True)
    assert left_behind(function) == ["model"]


def test_packaging_at_once_is_safe(function: Path) -> None:
    expected = package(function)
    processes = [start(PACKAGE, function) for _ in range(3)]
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert Bundle.load(function / "model").manifest.digest == expected.manifest.digest
    assert left_behind(function) == ["model"]


def test_the_manifest_is_what_was_declared(function: Path) -> None:
    package(function)
    manifest = json.loads((function / "model" / "manifest.json").read_text())
    assert (
        manifest["source"]["sha256"]
        == hashlib.sha256((function.parent / "source" / "model.safetensors").read_bytes()).hexdigest()
    )
    assert (manifest["limits"]["max_tokens"], manifest["precision"]) == (24, "int8")


def test_a_folder_that_is_no_bundle_is_left_alone(
    function: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(packaging, "fetch")
    thesis = tmp_path / "documents" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("years of work")
    for out in (thesis.parent, thesis):
        with pytest.raises(PackagerError, match=f"{out} holds something else than a bundle"):
            package(function, force=True, out=out)
    assert thesis.read_text() == "years of work"


def test_an_empty_folder_takes_a_bundle(function: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert package(function, out=tmp_path / "empty").folder == tmp_path / "empty"
    assert Bundle.load(tmp_path / "empty").manifest.passed


def test_single_precision_is_its_own_reference(function: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = function / "model.toml"
    spec.write_text(spec.read_text().replace('precision = "int8"', 'precision = "fp32"'))
    monkeypatch.delattr(packaging, "_fp32")
    assert [check.name for check in package(function).manifest.gate] == ["answers equal alone and among others"]


def test_sources_beside_the_function(function: Path) -> None:
    spec = function / "model.toml"
    spec.write_text(spec.read_text().replace(f"file:{function.parent}/", "file:../"))
    assert package(function).manifest.source.uris == ("file:../missing", "file:../source")


def test_another_library_packages_again(function: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = package(function)
    monkeypatch.setattr(packaging, "version", lambda name: version(name) + "+other")
    second = package(function)
    assert second.built
    assert second.manifest.inputs != first.manifest.inputs
    assert second.manifest.digest == first.manifest.digest


CLASSES = """activation = "softmax"
labels = ["a", "b", "c"]
"""
FAMILIES = {
    "text-classification": f'head = "sequence"\n{CLASSES}',
    "pair-classification": f'head = "mean-sequence"\npair = true\n{CLASSES.replace("softmax", "sigmoid")}',
    "token-classification": 'head = "token"\nlabels = ["O", "B-X", "I-X"]',
    "question-answering": 'head = "span"',
}


@pytest.mark.parametrize("task", FAMILIES)
def test_every_family_is_calibrated_and_compared_with_single_precision(
    function: Path, tmp_path: Path, task: str
) -> None:
    write_spec(function, family=f'architecture = "bert"\ntask = "{task}"\n{FAMILIES[task]}')
    calibrate(function, tmp_path / "texts.txt")
    packaged = package(function, allow_below_gate=True)
    found = {check.name: check.value for check in packaged.manifest.gate}
    assert found.pop("answers equal alone and among others") == 1
    assert found.keys() <= {"top label equal to fp32", "mean KL from fp32", "best span equal to fp32"}
    assert found.get("mean KL from fp32", 0) < 0.01
    assert Bundle.load(packaged.folder).manifest.task == task


def backbone_of(function: Path) -> str:
    return hashlib.sha256((function.parent / "source" / "model.safetensors").read_bytes()).hexdigest()


def adapt(function: Path, seed: int) -> None:
    """An adapter for the tiny model, declared."""
    a, b = np.random.default_rng(seed).standard_normal((2, 4, 32)) / 8
    (function / "adapter").mkdir(exist_ok=True)
    tensors = low_rank("encoder.layer.0.attention.self.query", a, b.T)
    write_adapter(function / "adapter" / "adapter.safetensors", tensors, backbone_of(function))
    write_spec(function, family=f'{EMBEDDING}\nadapter = "adapter"')


def test_an_adapter_is_merged_and_has_its_own_calibration(function: Path, tmp_path: Path) -> None:
    plain = package(function)
    adapt(function, seed=0)
    with pytest.raises(CalibrationError, match=r"made for weights .*; run `modelet calibrate`"):
        package(function)
    calibrate(function, tmp_path / "texts.txt")
    adapted = package(function)
    sha256 = hashlib.sha256((function / "adapter" / "adapter.safetensors").read_bytes()).hexdigest()
    assert adapted.manifest.recipe["adapter"] == sha256
    [before], [after] = (open_bundle(Bundle.load(one)).predict(["a bad cab"]) for one in (plain.folder, adapted.folder))
    assert adapted.manifest.digest != plain.manifest.digest
    assert before.vector.shape == after.vector.shape
    adapt(function, seed=1)
    with pytest.raises(CalibrationError):
        package(function)


def test_a_missing_adapter_is_told(function: Path) -> None:
    write_spec(function, family=f'{EMBEDDING}\nadapter = "adapter"')
    with pytest.raises(PackagerError, match=r"adapter\.safetensors does not exist; run: modelet train tiny"):
        package(function)


def test_an_adapter_for_other_weights_is_told(function: Path) -> None:
    adapt(function, seed=0)
    path = function / "adapter" / "adapter.safetensors"
    write_adapter(path, read_adapter(path, backbone_of(function)), "0" * 64)
    with pytest.raises(PackagerError, match=f"{path} was trained on weights with sha256 {'0' * 64}"):
        calibrate(function)


def test_a_function_with_the_model_of_another(function: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.toml").write_text('same_as = "tiny"\n')
    first, second = package(other), package(other)
    assert (first.built, second.built, first.folder) == (True, False, other / "model")
    assert digest_of(other / "model") == digest_of(function / "model")
    with pytest.raises(PackagerError, match="the model is that of tiny"):
        calibrate(other)
    write_spec(function, mean_cosine=1.1)
    with pytest.raises(PackagerError, match="other/model is to be the bundle of tiny, which is below its gate"):
        package(other)


def test_companions_are_packaged_and_lie_beside_the_bundle(function: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_spec(other, family=f'{EMBEDDING}\ncompanions = ["tiny"]')
    calibrate(other, tmp_path / "texts.txt")
    package(other)
    assert digest_of(other / "companions" / "tiny") == digest_of(function / "model")
    assert left_behind(other) == ["companions", "model"]
    (function / "model" / "model.onnx").write_bytes(b"damaged")
    package(other)
    assert digest_of(other / "companions" / "tiny") == digest_of(function / "model")
