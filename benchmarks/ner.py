"""Persons, places and organisations in WNUT 2017's texts: ner beside spaCy's en_core_web_sm, on the same text."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.environment import ROOT, peers_python
from workbench.cli.app import clear_errors, console
from workbench.evaluation.metrics import Metric
from workbench.evaluation.ner import Entities, found, labelled, score
from workbench.evaluation.report import markdown
from workbench.evaluation.services import open_operation
from workbench.progress import track
from workbench.training.formats import FORMATS

OURS, SPACY = "modelet ner", "spaCy en_core_web_sm 3.8.0"
# What spaCy calls what both know; its other types are left out.
SPACY_GROUPS: Final = {"PERSON": "PER", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG"}
# Teams and bands are groups for WNUT and organisations for spaCy, so both readings are measured.
READINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "without groups": {"PER": "PER", "LOC": "LOC", "ORG": "ORG"},
    "groups as organisations": {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "GROUP": "ORG"},
}
PAGE = """\
# Named entities beside spaCy

Written by `python benchmarks/ner.py --data wnut17_dev.conll`; not edited by hand.

{table}

F1 of exact spans with the right type on WNUT 2017's dev set ({texts:,} texts), in brackets the 95 % interval of 1,000
bootstrap resamples. Both read the same text: WNUT's words with a blank between them. spaCy's PERSON is PER; its GPE,
LOC and FAC are LOC; its ORG is ORG. WNUT's corporations are ORG, and its groups are too where the table says so. ner
was trained on WNUT's training set, spaCy on OntoNotes 5: news, talks and blogs rather than tweets and comments.
"""


def main(
    data: Annotated[Path, typer.Option(help="WNUT 2017's dev set, wnut17_dev.conll.")],
    out: Annotated[Path, typer.Option(help="Where ner.md goes.")] = ROOT / "docs" / "benchmarks",
) -> None:
    """Ask both for the entities of all texts, and write the table.

    Example: python benchmarks/ner.py --data wnut17_dev.conll --out /tmp/bench
    """
    with clear_errors(ValueError):
        rows = list(FORMATS["wnut17"](data))
        texts = [row.text for row in rows]
        answers = {OURS: found(open_operation("ner"), texts), SPACY: _spacy(texts)}
    table = markdown(("reading", "F1", OURS, SPACY), _lines(labelled(rows), answers))
    console.print(table, markup=False, highlight=False, soft_wrap=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "ner.md").write_text(PAGE.format(table=table, texts=len(texts)), encoding="utf-8")


def _spacy(texts: Sequence[str]) -> list[Entities]:
    command = [str(peers_python("ner")), str(Path(__file__).with_name("ner_spacy.py"))]
    for _ in track([None], "asking spaCy", 1):
        done = subprocess.run(command, input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True)
    return [
        {(start, end, SPACY_GROUPS.get(kind, kind)) for start, end, kind in spans} for spans in json.loads(done.stdout)
    ]


def _lines(truth: Sequence[Entities], answers: Mapping[str, Sequence[Entities]]) -> Iterable[Sequence[str]]:
    """For each reading a line for all groups together, and one for each."""
    for reading, groups in READINGS.items():
        scores = [_f1(_read(entities, groups), _read(truth, groups)) for entities in answers.values()]
        for metrics in zip(*scores, strict=True):
            yield (reading, metrics[0].name, *(str(metric.estimate()) for metric in metrics))


def _read(texts: Iterable[Entities], groups: Mapping[str, str]) -> list[Entities]:
    return [{(start, end, groups[group]) for start, end, group in entities if group in groups} for entities in texts]


def _f1(entities: Sequence[Entities], truth: Sequence[Entities]) -> list[Metric]:
    return [metric for metric in score(entities, truth) if metric.name.startswith("span F1")]


if __name__ == "__main__":
    typer.run(main)
