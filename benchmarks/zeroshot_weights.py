"""The constants of zeroshot's scoring.py, from questions of CLINC150 whose intents it was not trained with.

Needs the extra `evaluate`, zeroshot's bundle, and clinc150_full.json as functions/zeroshot/model.toml pins it.
"""

import random
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from functions.zeroshot.schema import TEMPLATE
from functions.zeroshot.scoring import entailment_odds
from workbench.cli.app import clear_errors, console
from workbench.evaluation.services import open_operation
from workbench.progress import track
from workbench.training.formats import CLINC_RESERVED, FORMATS
from workbench.training.splits import held_out

Array = NDArray[Any]
CANDIDATES: Final = 20  # intents that each question is read with, its own first
QUESTIONS: Final = 600


def main(data: Annotated[Path, typer.Option(help="clinc150_full.json")]) -> None:
    """Print the weights that make a question's own intent likeliest, and accuracies on the half they were not found on.

    Example: python benchmarks/zeroshot_weights.py --data clinc150_full.json
    """
    with clear_errors(ValueError):
        features = _features(data)
    found, other = features[: QUESTIONS // 2], features[QUESTIONS // 2 :]
    weights = _weights(found)
    neutral = _neutral(found @ weights) / weights[1]
    console.print(f"ENTAILMENT_WEIGHT = {weights[0]:.2f}\nSIMILARITY_WEIGHT = {weights[1]:.1f}")
    console.print(f"NEUTRAL_SIMILARITY = {neutral:.2f}")
    for name, scores in {"entailment": other[..., 0], "similarity": other[..., 1], "both": other @ weights}.items():
        console.print(f"accuracy among {CANDIDATES} by {name}: {(scores.argmax(1) == 0).mean():.3f}")


def _features(data: Path) -> Array:
    """Entailment's odds and the cosine [questions, candidates, 2] of each question with intents, its own the first."""
    rows = [row for row in FORMATS["clinc-train"](data) if held_out(row.label, CLINC_RESERVED)]
    intents = sorted({row.label for row in rows} - {"out_of_scope"})
    shuffler = random.Random(0)
    asked = shuffler.sample([row for row in rows if row.label in intents], QUESTIONS)
    found = []
    for row in track(asked, "asking the models", QUESTIONS):
        others = shuffler.sample([intent for intent in intents if intent != row.label], CANDIDATES - 1)
        found.append(_of(row.texts[0], [name.replace("_", " ") for name in (row.label, *others)]))
    return np.array(found)


def _of(text: str, names: list[str]) -> Array:
    operation = open_operation("zeroshot")
    judge, [embedder] = operation.predictor, operation.others
    entailment = judge.manifest.labels.index("entailment")
    answers = judge.predict([(text, TEMPLATE.replace("{}", name)) for name in names])
    vector, *vectors = embedder.predict([text, *names])
    odds = [entailment_odds(answer.logits[0].tolist(), entailment) for answer in answers]
    return np.array([odds, [vector.cosine(one) for one in vectors]]).T


def _weights(features: Array) -> Array:
    """Of a conditional logit: the odds of the own intent over each other one, from their difference of features."""
    apart = (features[:, :1] - features[:, 1:]).reshape(-1, features.shape[-1])
    both, which = np.concatenate([apart, -apart]), np.repeat([1, 0], len(apart))
    weights: Array = LogisticRegression(C=1e6, fit_intercept=False).fit(both, which).coef_[0]
    return weights


def _neutral(odds: Array) -> float:
    """The odds at which an intent is as likely a question's own as not, if half of them were."""
    own, others = odds[:, 0], odds[:, 1:].ravel()
    which = np.repeat([1, 0], [len(own), len(others)])
    fitted = LogisticRegression(C=1e6, class_weight="balanced").fit(np.concatenate([own, others])[:, None], which)
    return float(-fitted.intercept_[0] / fitted.coef_[0, 0])


if __name__ == "__main__":
    typer.run(main)
