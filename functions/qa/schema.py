"""The request and the answer of `POST /v1/qa`, in the shape of Hugging Face's Inference API.

https://huggingface.co/docs/api-inference/tasks/question-answering
"""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PlainValidator, PositiveInt, RootModel

from modelet.inputs import StrictModel, one_or_several

__all__ = ["Answer", "QaParameters", "QaRequest", "QaResponse", "QuestionInContext"]

WINDOWED = "Ignored: a context of any length is read in windows that overlap."


class QuestionInContext(StrictModel):
    question: str
    context: str = Field(description="The text that may hold the answer, of any length.")


class QaParameters(StrictModel):
    top_k: PositiveInt = Field(1, le=100, description="So many answers, the likeliest first; 1 is no list.")
    handle_impossible_answer: bool = Field(
        False, description='Whether "" may be an answer, for a question that the context does not answer.'
    )
    max_answer_len: PositiveInt = Field(30, le=100, description="The longest answer, in tokens.")
    align_to_words: bool | None = Field(None, description="Ignored: answers are whole words.")
    doc_stride: NonNegativeInt | None = Field(None, description=WINDOWED)
    max_question_len: PositiveInt | None = Field(None, description="Ignored: a question that is too long is refused.")
    max_seq_len: PositiveInt | None = Field(None, description=WINDOWED)


QaInputs = Annotated[
    QuestionInContext | list[QuestionInContext],
    PlainValidator(
        one_or_several(QuestionInContext), json_schema_input_type=QuestionInContext | list[QuestionInContext]
    ),
]


class QaRequest(StrictModel):
    """Questions, each with the text that may answer it."""

    inputs: QaInputs = Field(
        examples=[{"question": "When does the train leave?", "context": "The train to Oslo leaves at nine."}]
    )
    parameters: QaParameters = QaParameters()
    model: str | None = Field(None, description="Any string; the header x-modelet-bundle names what served it.")


class Answer(StrictModel):
    """A place in the context, in Unicode code points; "" from 0 to 0 says that the context does not answer."""

    answer: str
    score: float = Field(ge=0, le=1)
    start: int
    end: int


class QaResponse(RootModel[Answer | list[Answer] | list[list[Answer]]]):
    """The answer, with `top_k` over 1 a list of them, and for a list of inputs a list of these."""
