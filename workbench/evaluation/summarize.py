"""Extractive summaries: ROUGE (Lin, 2004), beside that of LEAD, as many sentences from the beginning of the text."""

from collections.abc import Iterator, Sequence

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from functions.summarize.sentences import split
from workbench.evaluation.metrics import Metric, mean
from workbench.evaluation.services import AnyOperation, ask
from workbench.evaluation.summaries import Summarized

__all__ = ["lead", "measure", "rouge"]

COUNTS = (1, 2, 3)  # sentences
KIND = "rouge1"
_scorer = RougeScorer([KIND], use_stemmer=True)


def measure(operation: AnyOperation, rows: Sequence[Summarized]) -> list[Metric]:
    """F1 of words in percent, stemmed, by the summary that fits best where there are several."""
    bodies = [{"inputs": row.text, "parameters": {"sentences": count}} for row in rows for count in COUNTS]
    summaries = (answer[0]["summary_text"] for answer in ask(operation, bodies))
    scores = np.array([[rouge(next(summaries), row) for _ in COUNTS] for row in rows])
    leads = np.array([[rouge(lead(row.text, count), row) for count in COUNTS] for row in rows])
    return [metric for metrics in map(_compared, COUNTS, scores.T, leads.T) for metric in metrics]


def _compared(count: int, scores: Sequence[float], leads: Sequence[float]) -> Iterator[Metric]:
    name = f"ROUGE-1, sentences: {count}"
    yield mean(name, scores)
    yield mean(f"{name}, of LEAD", leads, kept=False)
    yield mean(f"{name}, above LEAD", np.subtract(scores, leads), kept=False)


def lead(text: str, count: int) -> str:
    """The first sentences of `text`."""
    return " ".join(sentence.text for sentence in split(text)[:count])


def rouge(summary: str, row: Summarized) -> float:
    return float(100 * _scorer.score_multi(row.summaries, summary)[KIND].fmeasure)
