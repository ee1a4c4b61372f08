"""Training from rows to what is packaged, on a network that takes milliseconds; needs the extra `train`."""

import json
import random
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.bundle import Bundle, sha256_of
from tests.tiny import write_source
from workbench.packager.adapter import read_adapter
from workbench.packager.package import open_bundle, package
from workbench.packager.spec import ModelSpec
from workbench.training.record import TrainingRecord
from workbench.training.spec import TrainingError, TrainSpec

EXTRA = "needs the extra: pip install -e '.[train]'"
for needed in ("torch", "peft", "tomli_w"):
    pytest.importorskip(needed, reason=EXTRA)

from workbench.training.job import Options, make_job  # noqa: E402
from workbench.training.run import train  # noqa: E402

ROOT = Path(__file__).parents[3]
MODEL = """
name = "tiny"
version = "1.0.0"
task = "{task}"
architecture = "bert"
head = "mean-sequence"
pair = {pair}
adapter = "adapter"
activation = "{activation}"
labels = {labels}
source.uris = ["file:../../source"]
source.files.weights = {{ path = "model.safetensors", sha256 = "{weights}" }}
source.files.config = {{ path = "config.json", sha256 = "{config}" }}
source.files.tokenizer = {{ path = "tokenizer.json", sha256 = "{tokenizer}" }}
license = {{ spdx = "CC0-1.0", attribution = "random numbers" }}
limits = {{ max_tokens = 24 }}
recipe = {{ precision = "fp32" }}

[train]
epochs = 6
rank = 4
learning_rate = 1e-2
batch_size = 16
max_tokens = 24
held_out = 0.1
"""
API = 'from functions.tiny.service import service\n\napp = create_api("/v1/tiny", service)\n'


@pytest.fixture
def function(tmp_path: Path) -> Path:
    """A classification function in a project of its own, so that training leaves nothing here."""
    return write_function(tmp_path, "text-classification", "softmax", ("no", "yes"))


def write_function(root: Path, task: str, activation: str, labels: tuple[str, ...]) -> Path:
    source, folder = write_source(root / "source"), root / "functions" / "tiny"
    folder.mkdir(parents=True)
    names = {"weights": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json"}
    pins = {role: sha256_of(source / name) for role, name in names.items()}
    told = {"task": task, "activation": activation, "labels": list(labels), "pair": str("pair" in task).lower()}
    (folder / "model.toml").write_text(MODEL.format(**told, **pins), encoding="utf-8")
    (folder / "api.py").write_text(API, encoding="utf-8")
    return folder


def words(seed: int) -> Iterator[str]:
    letters = random.Random(seed)
    while True:
        yield " ".join("".join(letters.choices("abcdefgh", k=3)) for _ in range(3))


def write_rows(path: Path, labels: tuple[str, str] = ("no", "yes"), rows: int = 300) -> Path:
    """Texts with the second label where there is an "a" in them."""
    texts = [text for text, _ in zip(words(0), range(rows), strict=False)]
    lines = [json.dumps({"text": text, "label": labels["a" in text]}) + "\n" for text in texts]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def trained(function: Path, **options: Any) -> TrainingRecord:
    return train(make_job(function, Options(**options)), threads=1)


def test_what_is_packaged_answers_as_what_was_trained(function: Path, tmp_path: Path) -> None:
    record = trained(function, data=write_rows(tmp_path / "mine.jsonl"))
    [held_out] = record.metrics
    assert held_out.value > 0.9
    assert held_out.low <= held_out.value <= held_out.high
    assert record.calibration.error["held out"] < 0.15
    assert [point.epoch for point in record.curve] == [1, 2, 3, 4, 5, 6]
    assert not (function / ".training").exists()
    written = TrainingRecord.model_validate_json((function / "adapter" / "training.json").read_text())
    assert written == record
    assert record.adapter == sha256_of(function / "adapter" / "adapter.safetensors")

    predictor = open_bundle(Bundle.load(package(function).folder))
    texts = [text for text, _ in zip(words(1), range(100), strict=False)]
    answers = predictor.predict(texts)
    right = [one.probabilities.argmax() == ("a" in text) for text, one in zip(texts, answers, strict=True)]
    assert np.mean(right) > 0.9


def test_a_new_function_is_made_after_one_that_is_there(function: Path, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "mine.jsonl", ("cold", "hot"))
    with pytest.raises(TrainingError, match=r"tiny has no label 'cold'; --out FOLDER"):
        make_job(function, Options(data=data))
    before = (function / "model.toml").read_text()
    out = function.with_name("weather")
    trained(function, data=data, out=out, epochs=2)
    assert sorted(path.name for path in out.iterdir()) == ["__init__.py", "adapter", "api.py", "model.toml"]
    assert (out / "api.py").read_text() == API.replace("tiny", "weather")
    assert ModelSpec.load(out).labels == ("cold", "hot")
    assert TrainSpec.load(out).epochs == 2
    assert package(out).manifest.id == "weather@1.0.0"
    assert (function / "model.toml").read_text() == before
    assert not (function / "adapter").exists()
    with pytest.raises(TrainingError, match="holds something already"):
        make_job(function, Options(data=data, out=out))


def test_another_backbone_is_pinned_in_the_new_function(function: Path, tmp_path: Path) -> None:
    data, out = write_rows(tmp_path / "mine.jsonl"), function.with_name("other")
    backbone = write_source(tmp_path / "backbone")
    with pytest.raises(TrainingError, match="--backbone needs --out"):
        make_job(function, Options(data=data, backbone=str(backbone)))
    trained(function, data=data, out=out, backbone=str(backbone), epochs=1)
    model = tomllib.loads((out / "model.toml").read_text())
    assert model["source"]["uris"] == [f"file:{backbone}"]
    assert model["architecture"] == "bert"
    assert package(out).written


def test_training_goes_on_from_an_adapter(function: Path, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "mine.jsonl")
    with pytest.raises(TrainingError, match="nothing can be continued from it"):
        make_job(function, Options(data=data, from_adapter=True))
    first = trained(function, data=data)
    again = trained(function, data=data, from_adapter=True, epochs=1, seed=1)
    assert again.continued_from == first.adapter
    assert again.plan.rank == first.plan.rank
    assert again.curve[0].loss < first.curve[0].loss
    assert again.curve[0].metric > 0.9
    with pytest.raises(TrainingError, match="--rank 8: the adapter to continue from has rank 4"):
        make_job(function, Options(data=data, from_adapter=True, rank=8))


def test_rank_0_ships_differences_of_the_layers(function: Path, tmp_path: Path) -> None:
    record = trained(function, data=write_rows(tmp_path / "mine.jsonl"), rank=0)
    assert record.metrics[0].value > 0.9
    tensors = read_adapter(function / "adapter" / "adapter.safetensors", record.backbone.sha256)
    assert tensors["encoder.layer.0.attention.self.query.weight.delta"].dtype == np.int8
    assert "encoder.layer.1.output.LayerNorm.weight" in tensors
    assert not [name for name in tensors if name.startswith("embeddings.")]


def test_passages_of_a_query_are_ranked(tmp_path: Path) -> None:
    function = write_function(tmp_path, "pair-classification", "sigmoid", ("relevant",))
    letters = random.Random(0)
    with (tmp_path / "mine.csv").open("w") as file:
        file.write("query,passage,relevant\n")
        for text, _ in zip(words(0), range(120), strict=False):
            relevant = letters.randrange(3)
            for index in range(3):
                file.write(f"{text},{'abc' if index == relevant else 'def'},{int(index == relevant)}\n")
    record = trained(function, data=tmp_path / "mine.csv")
    assert record.metrics[0].name == "MRR"
    assert record.metrics[0].value > 0.9
    predictor = open_bundle(Bundle.load(package(function).folder))
    right, wrong = predictor.predict([("gh e", "abc"), ("gh e", "def")])
    assert right.probabilities[0] > 0.8 > 0.3 > wrong.probabilities[0]


TRAIN = """
import sys
from pathlib import Path
from workbench.training.job import Options, make_job
from workbench.training.run import train

train(make_job(Path(sys.argv[1]), Options(data=Path(sys.argv[2]), epochs=12)), threads=1)
"""


def test_a_killed_run_goes_on_and_comes_to_the_same_adapter(function: Path, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "mine.jsonl")
    with subprocess.Popen([sys.executable, "-c", TRAIN, str(function), str(data)], cwd=ROOT) as child:
        while not (function / ".training" / "checkpoint.pt").exists() and child.poll() is None:
            time.sleep(0.01)
        child.kill()
    assert child.returncode == -signal.SIGKILL
    assert not (function / "adapter").exists()
    job = make_job(function, Options(data=data, epochs=12))
    assert (function / ".training" / "job.sha256").read_text() == job.identity
    assert make_job(function, Options(data=data, epochs=12, seed=1)).identity != job.identity
    resumed = train(job, threads=1)
    whole = train(make_job(function, Options(data=data, epochs=12)), threads=1)
    assert len(resumed.curve) == 12
    assert resumed.adapter == whole.adapter
