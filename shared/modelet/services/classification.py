"""Text classification, in the shape of Hugging Face's Inference API: a service for each bundle of the family.

https://huggingface.co/docs/api-inference/tasks/text-classification
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, PositiveInt, RootModel

from modelet.inputs import StrictModel, TextsRequest
from modelet.operation import Operation
from modelet.predictor import Predictor
from modelet.tasks.activations import Function
from modelet.tasks.base import Task
from modelet.tasks.classification import Classification
from modelet.tasks.text_classification import TextClassificationTask

__all__ = ["ClassificationRequest", "ClassificationResponse", "open_service"]

TOP_K = 5  # labels that are answered where a request does not say
FLAGGED = 0.5
LISTED = 10  # labels in a description
SCORE_BYTES = 80  # of one score in an answer, about


class ClassificationParameters(StrictModel):
    top_k: PositiveInt = Field(TOP_K, description="So many labels, the likeliest first.")
    function_to_apply: Function | None = Field(
        None, description="What turns logits into scores; without it, what the model was calibrated for."
    )


class ClassificationRequest(TextsRequest):
    """Texts to labels with a score."""

    parameters: ClassificationParameters = ClassificationParameters()


class LabelScore(BaseModel):
    label: str
    score: float
    flagged: bool | None = Field(
        None,
        description=f"Where each label is judged by itself: whether its probability is {FLAGGED} or more.",
        exclude_if=lambda flagged: flagged is None,
    )


class ClassificationResponse(RootModel[list[list[LabelScore]]]):
    """For each text its labels, the likeliest first."""


def open_service(
    file: str, task: type[Task[str, Classification]] = TextClassificationTask
) -> Operation[ClassificationRequest, str, Classification, ClassificationResponse]:
    """The service of the bundle beside `file`, an entry of a function."""
    predictor = Predictor.load(Path(file).parent / "model", task)
    labels = predictor.manifest.labels

    def respond(request: ClassificationRequest, answers: Sequence[Classification]) -> ClassificationResponse:
        return ClassificationResponse([_ranked(labels, answer, request.parameters) for answer in answers])

    return Operation(
        description=f"Scores of one or more texts for {len(labels)} labels: {_listed(labels)}.",
        request=ClassificationRequest,
        response=ClassificationResponse,
        field="inputs",
        items=lambda request: request.texts,
        predictor=predictor,
        respond=respond,
        summary=lambda response: {"texts": len(response.root)},
        answer_bytes=lambda request: min(request.parameters.top_k, len(labels)) * SCORE_BYTES,
    )


def _ranked(labels: Sequence[str], answer: Classification, asked: ClassificationParameters) -> list[LabelScore]:
    """The labels that were asked for, by falling score."""
    scores = answer.scores(asked.function_to_apply or answer.activation)
    flagged = answer.probabilities >= FLAGGED if answer.activation == "sigmoid" else [None] * len(labels)
    order = np.argsort(-scores, kind="stable")[: asked.top_k]
    return [LabelScore(label=labels[i], score=scores[i], flagged=flagged[i]) for i in order]


def _listed(labels: Sequence[str]) -> str:
    """The first labels, for a document."""
    rest = ", ..." if len(labels) > LISTED else ""
    return ", ".join(labels[:LISTED]) + rest
