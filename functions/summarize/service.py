"""What summarize answers, whichever way the request came in."""

from collections.abc import Sequence
from pathlib import Path

from functions.summarize.choice import choose, salience
from functions.summarize.reading import Reading, ReadingTask
from functions.summarize.schema import (
    SummarizeParameters,
    SummarizeRequest,
    SummarizeResponse,
    Summary,
    SummarySentence,
)
from modelet.operation import Operation
from modelet.predictor import Predictor

__all__ = ["open_service"]


def open_service(file: str) -> Operation[SummarizeRequest, str, Reading, SummarizeResponse]:
    """The service of the bundle beside `file`."""
    return Operation(
        description="Choose the sentences of one or more texts that stand for the whole.",
        request=SummarizeRequest,
        response=SummarizeResponse,
        field="inputs",
        items=lambda request: request.texts,
        predictor=Predictor.load(Path(file).parent / "model", ReadingTask),
        respond=_respond,
        summary=lambda response: {"sentences": [len(one.sentences) for one in response.root]},
    )


def _respond(request: SummarizeRequest, answers: Sequence[Reading]) -> SummarizeResponse:
    return SummarizeResponse([_summary(answer, request.parameters) for answer in answers])


def _summary(reading: Reading, parameters: SummarizeParameters) -> Summary:
    scores = salience(reading)
    chosen = choose(reading, scores, parameters.count(len(scores)))
    sentences = [SummarySentence(**reading.sentences[i]._asdict(), score=float(scores[i])) for i in chosen]
    return Summary(summary_text=" ".join(one.text for one in sentences), sentences=sentences)
