"""similarity: cosines of embeddings, in the shape that clients read."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from functions.similarity.service import open_service
from modelet.errors import InvalidInputError
from modelet.tasks.embedding import Embedding
from tests.unit.services.conftest import Open, ask

ONE = {"source_sentence": "ab", "sentences": ["ab", "cd", "ef gh"]}
TWO = {"source_sentence": "cd", "sentences": ["ab"]}


def test_each_sentence_has_its_cosine(open_tiny: Open) -> None:
    service = open_tiny(open_service, "embedding")
    source, *others = [one.vector for one in service.predictor.predict(["ab", "ab", "cd", "ef gh"])]
    cosines = ask(service, inputs=ONE, parameters={})
    np.testing.assert_allclose(cosines, [source @ other for other in others], atol=1e-6)
    assert cosines[0] == pytest.approx(1)


def test_a_list_gives_a_list_of_lists_and_neighbours_decide_nothing(open_tiny: Open) -> None:
    service = open_tiny(open_service, "embedding")
    assert ask(service, inputs=[ONE, TWO]) == [ask(service, inputs=ONE), ask(service, inputs=TWO)]
    assert ask(service, inputs=TWO)[0] == ask(service, inputs=ONE)[1]


def test_a_cosine_is_never_over_one() -> None:
    long = Embedding(np.full(3, 0.57736, np.float32), 3, truncated=False)
    assert long.vector @ long.vector > 1
    assert long.cosine(long) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"inputs": {"source_sentence": "a", "sentences": []}}, "inputs.sentences"),
        ({"inputs": {"source_sentence": "a", "sentences": ["b", 3]}}, "inputs.sentences.1"),
        ({"inputs": [ONE, {"sentences": ["a"]}]}, "inputs.1.source_sentence"),
        ({"inputs": ONE, "parameters": {"top_k": 1}}, "parameters.top_k"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(open_tiny: Open, body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(open_tiny(open_service, "embedding"), **body)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"source_sentence": "", "sentences": ["a"]}, "inputs.source_sentence"),
        ([ONE, {"source_sentence": "a", "sentences": ["a", ""]}], "inputs.1.sentences.1"),
    ],
)
def test_an_empty_sentence_is_named_by_its_path(open_tiny: Open, inputs: Any, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ask(open_tiny(open_service, "embedding"), inputs=inputs)
    assert caught.value.field == field
