"""Objectives and the loop on a network that takes milliseconds; needs the extra `train`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from modelet.tokenizer import TextTokenizer
from tests.tiny import write_tokenizer
from tests.unit.packager.reference import CONFIG, checkpoint
from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged

EXTRA = "needs the extra: pip install -e '.[train]'"
torch: Any = pytest.importorskip("torch", reason=EXTRA)
pytest.importorskip("peft", reason=EXTRA)

from workbench.training import loop  # noqa: E402  # they import torch
from workbench.training.network import Network, load_network  # noqa: E402
from workbench.training.objectives import OBJECTIVES, Objective  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
LABELS = {
    "classification": ("no", "yes"),
    "flagging": ("rude", "cruel"),
    "tagging": ("O", "B-X", "I-X"),
    "answering": ("start", "end"),
    "ranking": ("relevant",),
}
EXAMPLES: dict[str, Any] = {
    "classification": Classified(("abc", "de"), "yes"),
    "flagging": Flagged("abc", {"rude": 1.0}),
    "tagging": Tagged("ab cd ef", (Span(3, 8, "X"),)),
    "answering": Question("ab", "cd ef gh", (Span(3, 5),)),
    "ranking": Ranked("ab", ("cd", "ef", "gh"), frozenset({1})),
}
# Logits that say what each example is: [sequences of columns] or, by token, [tokens, columns].
RIGHT: dict[str, list[Any]] = {
    "classification": [[-20, 20]],
    "flagging": [[20, 0]],
    "tagging": [[[0, 0, 0], [20, 0, 0], [20, 0, 0], [0, 20, 0], [0, 20, 0], [0, 0, 20], [0, 0, 20], [0, 0, 0]]],
    "answering": [[[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [20, 0], [0, 20], [0, 0], [0, 0], [0, 0]]],
    "ranking": [[-20], [20], [-20]],
}


@pytest.fixture
def tokenizer(tmp_path: Path) -> TextTokenizer:
    return TextTokenizer(write_tokenizer(tmp_path / "tokenizer.json"))


def make(name: str, tokenizer: TextTokenizer) -> Objective:
    return OBJECTIVES[name](LABELS[name], tokenizer, 24)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "flagging"])
def test_right_outputs_score_one_and_cost_little(name: str, tokenizer: TextTokenizer) -> None:
    objective = make(name, tokenizer)
    encoded = objective.encode(EXAMPLES[name])
    outputs = [np.array(rows, np.float32) for rows in RIGHT[name]]
    assert objective.score(outputs, [encoded]) == 1.0
    right = float(objective.loss(torch.tensor(np.stack(outputs)), [encoded]))
    wrong = float(objective.loss(-torch.tensor(np.stack(outputs)), [encoded]))
    assert right < 2.0 < wrong


def test_flags_that_nobody_judged_do_not_count(tokenizer: TextTokenizer) -> None:
    objective = make("flagging", tokenizer)
    encoded = objective.encode(EXAMPLES["flagging"])
    assert float(objective.loss(torch.tensor([[20.0, -3.0]]), [encoded])) == pytest.approx(0, abs=1e-6)
    assert float(objective.loss(torch.tensor([[20.0, 99.0]]), [encoded])) == pytest.approx(0, abs=1e-6)


def test_labels_of_which_one_kind_is_there_have_no_area(tokenizer: TextTokenizer) -> None:
    objective = make("flagging", tokenizer)
    encoded = [objective.encode(Flagged("abc", {"rude": flag})) for flag in (0.0, 1.0, 1.0)]
    outputs = [np.array(row, np.float32) for row in ((-1, 9), (1, 0), (-2, 0))]
    assert objective.score(outputs, encoded) == 0.5


def test_a_region_is_right_wherever_in_it_the_answer_is_found(tokenizer: TextTokenizer) -> None:
    objective = make("answering", tokenizer)
    encoded = objective.encode(Question("ab", "cd ef gh", region=Span(3, 8)))
    for token in (6, 7, 8, 9):
        logits = torch.zeros(1, 11, 2)
        logits[0, token] = 30.0
        assert float(objective.loss(logits, [encoded])) == pytest.approx(0, abs=1e-4)
    logits[0, 4] = 60.0
    assert float(objective.loss(logits, [encoded])) > 20


def test_questions_without_an_answer_point_to_the_first_token(tokenizer: TextTokenizer) -> None:
    objective = make("answering", tokenizer)
    encoded = objective.encode(Question("ab", "cd ef gh"))
    logits = np.zeros((11, 2), np.float32)
    logits[0] = 9
    assert objective.score([logits], [encoded]) == 1.0


class Stopped(Exception):
    """What ends a run in its middle."""


def start(folder: Path) -> Network:
    weights, config = folder / "model.safetensors", folder / "config.json"
    save_file(checkpoint(), weights)
    config.write_text(json.dumps(CONFIG))
    torch.manual_seed(0)
    return load_network(weights, config, "mean-sequence", 2, rank=2)


def test_a_run_that_was_killed_ends_as_one_that_was_not(
    tmp_path: Path, tokenizer: TextTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = make("classification", tokenizer)
    texts = ["abc", "bcd", "de", "fgh", "a", "hij", "kl", "mno", "pq"]
    examples = [objective.encode(Classified((text,), ("no", "yes")["a" < text < "g"])) for text in texts]
    plan = loop.Plan(epochs=2, learning_rate=1e-2, batch_size=2, seed=0)

    whole = start(tmp_path)
    expected = loop.fit(whole, objective, examples, examples, plan, tmp_path / "whole.pt", "whole")

    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    rate, calls = loop._rate, iter(range(100))

    def dying(step: int, total: int) -> float:
        if next(calls) == 7:
            raise Stopped
        return rate(step, total)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "_rate", dying)
        with pytest.raises(Stopped):
            loop.fit(start(tmp_path), objective, examples, examples, plan, tmp_path / "part.pt", "part")
    resumed = start(tmp_path)
    progress = loop.fit(resumed, objective, examples, examples, plan, tmp_path / "part.pt", "part")

    assert progress.step == expected.step == 10
    assert [point.metric for point in progress.curve] == [point.metric for point in expected.curve]
    for name, value in whole.trained().items():
        assert torch.equal(value, resumed.trained()[name]), name
