"""What qa answers, whichever way the request came in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.qa.schema import Answer, QaParameters, QaRequest, QaResponse
from modelet.inputs import as_asked, listed, numbered
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.question_answering import QuestionAnsweringTask, QuestionContext, Reading

__all__ = ["open_service", "ranked"]


def open_service(file: str) -> Operation[QaRequest, QuestionContext, Reading, QaResponse]:
    """The service of the bundle beside `file`."""
    return Operation(
        description="Find the answer to one or more questions, each in a text of its own.",
        request=QaRequest,
        response=QaResponse,
        field="inputs",
        items=lambda request: [(one.question, one.context) for one in listed(request.inputs)],
        texts=_texts,
        predictor=Predictor.load(Path(file).parent / "model", QuestionAnsweringTask),
        respond=_respond,
        summary=_summary,
        columns=("question", "context"),
    )


def _texts(request: QaRequest) -> list[tuple[str, str]]:
    return [
        (f"{path}.{name}", text)
        for path, one in numbered("inputs", listed(request.inputs))
        for name, text in (("question", one.question), ("context", one.context))
    ]


def _respond(request: QaRequest, readings: Sequence[Reading]) -> QaResponse:
    pairs = zip(listed(request.inputs), readings, strict=True)
    found = [ranked(one.context, reading, request.parameters) for one, reading in pairs]
    answers = [one[0] for one in found] if request.parameters.top_k == 1 else found
    return QaResponse(as_asked(request.inputs, answers))


def ranked(context: str, reading: Reading, parameters: QaParameters) -> list[Answer]:
    """At most `top_k` answers, the likeliest first; no answer is one of them if it may be, or if there is no other."""
    spans, unanswered = reading.answers(parameters.top_k, parameters.max_answer_len)
    answers = [
        Answer(answer=context[span.start : span.end], score=span.score, start=span.start, end=span.end)
        for span in spans
    ]
    if parameters.handle_impossible_answer or not answers:
        answers.append(Answer(answer="", score=unanswered, start=0, end=0))
    return sorted(answers, key=lambda answer: -answer.score)[: parameters.top_k]


def _summary(response: QaResponse) -> dict[str, Any]:
    return {"answers": len(response.root) if isinstance(response.root, list) else 1}
