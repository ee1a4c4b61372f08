"""Readers of public data sets' own files; `rows.py` reads the format that users bring.

Each takes the path of a file and yields examples (`examples.py`). Raises ValueError naming a file that is of another
format.
"""

import ast
import csv
import html
import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.training.examples import UNLABELLED, Classified, Described, Flagged, Question, Ranked, Span, Tagged
from workbench.training.phrases import whole_texts
from workbench.training.splits import held_out
from workbench.training.vader import POLAR_NAMES, vader, vader_reviews
from workbench.training.wordnet import wordnet

__all__ = ["FORMATS", "Reader"]

Reader = Callable[[Path], Iterator[Any]]
SNLI_LABELS = {"0": "entailment", "1": "neutral", "2": "contradiction"}
FEVER_LABELS = {"SUPPORTS": "entailment", "REFUTES": "contradiction", "NOT ENOUGH INFO": "neutral"}

WORDS = 5  # SST-2 has every phrase of its sentences
SENTENCE = range(4, 41)  # words of a review's sentence
CLINC_RESERVED = 0.5  # of the intents


def _tab_separated(path: Path) -> Iterator[list[str]]:
    """Rows after the header."""
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            yield line.rstrip("\n").split("\t")


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def sst2(path: Path) -> Iterator[Classified]:
    """GLUE's SST-2 (Socher et al., 2013): label, text. For training these are sentences and all phrases of them."""
    rows = [(text.strip(), ("negative", "positive")[int(label)]) for label, text in _tab_separated(path)]
    whole = whole_texts(text for text, _ in rows)
    for text, label in rows:
        yield Classified((text,), label, group=whole[text])


def sst2_names(path: Path) -> Iterator[Described]:
    """SST-2's texts of some length with what may be said of them: emotions are not among the names."""
    for row in sst2(path):
        if len(row.texts[0].split()) >= WORDS:
            yield Described(row.texts[0], POLAR_NAMES[row.label])


def emotion(path: Path) -> Iterator[Classified]:
    """Saravia et al., 2018 (CARER): a JSON object a line."""
    for row in _json_lines(path):
        yield Classified((row["text"],), row["label"])


def clinc(*parts: str) -> Reader:
    """CLINC150 (Larson et al., 2019): lists of [text, intent] by part."""

    def read(path: Path) -> Iterator[Classified]:
        data = json.loads(path.read_text(encoding="utf-8"))
        for part in parts:
            for text, intent in data[part]:
                yield Classified((text,), "out_of_scope" if intent == "oos" else intent)

    return read


def clinc_names(path: Path) -> Iterator[Described]:
    """The training questions of those intents of CLINC150 that zeroshot's weights are not found with."""
    for row in clinc("train")(path):
        if not held_out(row.label, CLINC_RESERVED):
            yield Described(row.texts[0], (row.label.replace("_", " "),))


def banking77(path: Path) -> Iterator[Classified]:
    """Casanueva et al., 2020: text, category."""
    for row in _csv_rows(path):
        yield Classified((row["text"],), row["category"])


def jigsaw(path: Path) -> Iterator[Flagged]:
    """Comments of Wikipedia's talk pages: text, 0 or 1, without a header."""
    with path.open(encoding="utf-8", newline="") as file:
        for text, label in csv.reader(file):
            yield Flagged(text.strip(), {"toxic": float(label)})


def davidson(path: Path) -> Iterator[Flagged]:
    """Davidson et al., 2017: the share of people who found a tweet hateful. What they call offensive, others do not."""
    for row in _csv_rows(path):
        judges = int(row["count"])
        hateful = int(row["hate_speech"]) / judges
        text = re.sub(r"https?://\S+", "http", re.sub(r"@\w+", "@user", html.unescape(row["tweet"])))
        yield Flagged(text, {"hateful": hateful})


def tweeteval_offensive(path: Path) -> Iterator[Flagged]:
    """TweetEval (Barbieri et al., 2020): texts a line, labels a line in the file beside it."""
    labels = path.with_name(path.name.replace("_text", "_labels")).read_text(encoding="utf-8").split()
    texts = path.read_text(encoding="utf-8").split("\n")
    for text, label in zip(texts, labels, strict=False):
        yield Flagged(text.strip(), {"offensive": float(label)})


def wnut17(path: Path) -> Iterator[Tagged]:
    """WNUT 2017 (Derczynski et al.): token, tab, BIO tag; an empty line between texts."""
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
        pairs = [line.split("\t")[:2] for line in block.split("\n")]
        yield _from_tokens([(word, tag.strip()) for word, tag in pairs])


def _from_tokens(pairs: Sequence[tuple[str, str]]) -> Tagged:
    text = ""
    spans: list[Span] = []
    for word, tag in pairs:
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        prefix, _, kind = tag.partition("-")
        if prefix == "B":
            spans.append(Span(start, len(text), kind))
        elif prefix == "I":
            spans[-1] = Span(spans[-1].start, len(text), kind)
    return Tagged(text, tuple(spans))


def snli(path: Path) -> Iterator[Classified]:
    """Bowman et al., 2015, in lower case: premise, hypothesis, label."""
    for line in path.read_text(encoding="utf-8").splitlines():
        premise, hypothesis, label = line.split("\t")
        if label in SNLI_LABELS:
            yield Classified((premise.strip(), hypothesis.strip()), SNLI_LABELS[label])


def sick(path: Path) -> Iterator[Classified]:
    """Marelli et al., 2014."""
    for _, first, second, _, judgment, *_ in _tab_separated(path):
        yield Classified((first, second), judgment.strip().lower())


def rte(path: Path) -> Iterator[Classified]:
    """GLUE's RTE: what does not follow may be neutral or contradict, so only what follows is taken."""
    for _, premise, hypothesis, label in _tab_separated(path):
        if label == "entailment":
            yield Classified((premise, hypothesis), label)


def fever(path: Path) -> Iterator[Classified]:
    """FEVER (Thorne et al., 2018) with its evidence."""
    for row in _json_lines(path):
        if row["label"] in FEVER_LABELS and row["evidence"]:
            yield Classified((" ".join(row["evidence"])[:600], row["claim"]), FEVER_LABELS[row["label"]])


def wikiqa(path: Path) -> Iterator[Ranked]:
    """Yang et al., 2015: question, sentence, whether it answers; questions without an answer are left out."""
    groups: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        question, sentence, label = line.split("\t")
        groups[question.strip()].append((sentence.strip(), label.strip() == "1"))
    for question, rows in groups.items():
        relevant = frozenset(i for i, (_, right) in enumerate(rows) if right)
        if relevant:
            yield Ranked(question, tuple(sentence for sentence, _ in rows), relevant)


def _sentence_pairs(path: Path) -> Iterator[tuple[str, str]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return zip(data["questions"], data["answers"], strict=True)


def squad_sentences(path: Path) -> Iterator[Ranked]:
    """SQuAD's training questions, each with the sentence that answers it."""
    for question, sentence in _sentence_pairs(path):
        yield Ranked(question, (sentence,), frozenset({0}))


def squad_regions(path: Path) -> Iterator[Question]:
    """The same, for learning where answers are without knowing how long."""
    for question, sentence in _sentence_pairs(path):
        yield Question(question, sentence, region=Span(0, len(sentence)))


def squad_like(path: Path) -> Iterator[Question]:
    """SQuAD's JSON (Rajpurkar et al., 2016); answers whose text is not where they say are left out."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            yield from _questions(paragraph)


def _questions(paragraph: Mapping[str, Any]) -> Iterator[Question]:
    context = paragraph["context"]
    for row in paragraph["qas"]:
        spans = (Span(a["answer_start"], a["answer_start"] + len(a["text"])) for a in row["answers"])
        answers = [
            span for span, a in zip(spans, row["answers"], strict=True) if context[span.start : span.end] == a["text"]
        ]
        if answers or not row["answers"]:
            yield Question(row["question"], context, tuple(answers))


def qamr(path: Path) -> Iterator[Question]:
    """QAMR (Michael et al., 2018): questions on a sentence; the sentences are in the file beside it."""
    sentences = {}
    for line in path.with_name("qamr_wiki_sentences.tsv").read_text(encoding="utf-8").splitlines():
        key, text = line.split("\t")
        sentences[key] = text.split(" ")
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, _, _, _, question, indices, *_ = line.split("\t")
        if key not in sentences or not indices.strip():
            continue
        places = [int(i) for i in indices.split()]
        if places == list(range(places[0], places[-1] + 1)):
            yield _on_words(question, sentences[key], places[0], places[-1])


BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}


def _on_words(question: str, words: Sequence[str], first: int, last: int) -> Question:
    text, start, end = "", 0, 0
    for index, word in enumerate(BRACKETS.get(word, word) for word in words):
        glued = not text or re.match(r"^[.,;:!?%)\]'\u2019]", word) or text[-1] in "([$"
        text += ("" if glued else " ") + word
        if index == first:
            start = len(text) - len(word)
        if index == last:
            end = len(text)
    return Question(question, text, (Span(start, end),))


def subjqa(path: Path) -> Iterator[Question]:
    """SubjQA (Bjerva et al., 2020): questions on reviews."""
    for row in _csv_rows(path):
        passage = row["review"].removesuffix("ANSWERNOTFOUND").rstrip()
        if row["human_ans_spans"] == "ANSWERNOTFOUND":
            yield Question(row["question"], passage)
            continue
        start, end = ast.literal_eval(row["human_ans_indices"])
        if end <= len(passage):
            yield Question(row["question"], passage, (Span(start, end),))


def review_sentences(path: Path) -> Iterator[Classified]:
    """The sentences of SubjQA's reviews, each once; nobody labelled them."""
    from functions.summarize.sentences import split  # its library is needed for nothing else here

    reviews = dict.fromkeys(question.passage for question in subjqa(path))
    sentences = dict.fromkeys(one.text for review in reviews for one in split(review))
    for sentence in sentences:
        if len(sentence.split()) in SENTENCE:
            yield Classified((sentence,), UNLABELLED)


_READERS: dict[str, Reader] = {
    "banking77": banking77,
    "clinc-train": clinc("train", "oos_train"),
    "clinc-val": clinc("val", "oos_val"),
    "clinc-test": clinc("test", "oos_test"),
    "clinc-names": clinc_names,
    "davidson": davidson,
    "emotion": emotion,
    "fever": fever,
    "jigsaw": jigsaw,
    "qamr": qamr,
    "rte": rte,
    "sick": sick,
    "snli": snli,
    "squad": squad_like,
    "squad-regions": squad_regions,
    "squad-sentences": squad_sentences,
    "sst2": sst2,
    "sst2-names": sst2_names,
    "subjqa": subjqa,
    "subjqa-sentences": review_sentences,
    "tweeteval-offensive": tweeteval_offensive,
    "vader": vader,
    "vader-reviews": vader_reviews,
    "wikiqa": wikiqa,
    "wnut17": wnut17,
    "wordnet": wordnet,
}


def _told(name: str, read: Reader) -> Reader:
    def reader(path: Path) -> Iterator[Any]:
        try:
            yield from read(path)
        except (LookupError, ValueError, RuntimeError, tarfile.TarError) as error:
            raise ValueError(f"{path} is not in the format {name}: {error!r}") from None

    return reader


FORMATS = {name: _told(name, read) for name, read in _READERS.items()}
