"""language through its handlers, against fastText's own answers (functions/language/gate.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Post, answer, sqs_event, work
from workbench.evaluation.services import open_operation

GOLDEN = json.loads((Path(__file__).parents[2] / "functions/language/gate.json").read_text("utf-8"))
LANGUAGE = "/v1/language"


def identify(post: Post, inputs: str | list[str], **parameters: object) -> Any:
    response = post(LANGUAGE, {"inputs": inputs, "parameters": parameters})
    assert response.status == 200, response.body
    headers = dict(response.headers)
    assert (headers["x-modelet-bundle"], headers.get("x-modelet-truncated")) == ("lid.176@1.0.0", None)
    return answer(response)


def test_labels_and_scores_are_fasttexts(post: Post) -> None:
    answers = identify(post, [row["text"] for row in GOLDEN], top_k=1)
    assert [best["label"] for [best] in answers] == [row["label"] for row in GOLDEN]
    # fastText adds 1e-5 to every factor of a probability, so that its own may be above 1.
    assert [best["score"] for [best] in answers] == pytest.approx([row["score"] for row in GOLDEN], abs=2e-4)


def test_all_labels_share_one(post: Post) -> None:
    [scores] = identify(post, "Wo ist der Bahnhof?", top_k=1000)
    assert len(scores) == 176
    assert [one["score"] for one in scores] == sorted((one["score"] for one in scores), reverse=True)
    assert sum(one["score"] for one in scores) == pytest.approx(1)


def test_a_text_of_several_lines_is_one_text(post: Post) -> None:
    assert identify(post, "Wo ist\nder\r\n\0Bahnhof?\n") == identify(post, "Wo ist der Bahnhof?")


def test_a_text_that_says_nothing_is_answered_without_conviction(post: Post) -> None:
    [[best, *_]] = identify(post, " 42 ")
    assert best["score"] < 0.2


def test_a_long_text_is_read_to_its_end(post: Post) -> None:
    [[first, *_]] = identify(post, "Il pleut. " * 1000 + "Wo ist der Bahnhof? " * 4500)
    assert first["label"] == "de"


def test_the_worker_answers_as_the_api(post: Post) -> None:
    texts = ["Où est la gare ?", "駅はどこですか。"]
    results, reply = work(open_operation("language"), sqs_event("LanguageQueue", {"inputs": texts}))
    assert (results["m0"], reply) == (identify(post, texts), {"batchItemFailures": []})
