"""summarize through its handlers: sentences that matter, where they stand, in the shape that clients parse."""

from typing import Any

from huggingface_hub import SummarizationOutput

from tests.integration.conftest import Post, answer, sqs_event, work
from workbench.evaluation.services import open_operation

SUMMARIZE = "/v1/summarize"
# Of ten sentences six are about the ferries; the others tell of lunch and of the weather.
RELEVANT = (
    "The council voted on Monday to replace both diesel ferries to the islands with electric ones.",
    "The new ferries will cross the fjord in thirty-five minutes, fifteen less than the old ones.",
)
TEXT = (
    f"It rained. Dr. Berg opened the meeting at nine. {RELEVANT[0]} There was coffee. Some had tea.\n\n"
    f"“🚢 Nobody will miss the smoke,” said the mayor. {RELEVANT[1]} Lunch was late. It was fish. The sun came out."
)


def summarize(post: Post, inputs: str | list[str], **parameters: object) -> Any:
    response = post(SUMMARIZE, {"inputs": inputs, "parameters": parameters})
    assert response.status == 200, response.body
    return answer(response)


def test_what_matters_is_chosen_in_order(post: Post) -> None:
    [summary] = summarize(post, TEXT, sentences=2)
    assert summary["summary_text"] == " ".join(RELEVANT)
    assert [TEXT[one["start"] : one["end"]] for one in summary["sentences"]] == list(RELEVANT)


def test_clients_parse_it(post: Post) -> None:
    found = SummarizationOutput.parse_obj_as_list(summarize(post, [TEXT, "One sentence."]))
    assert found[1].summary_text == "One sentence."


def test_only_a_cut_sentence_is_told(post: Post) -> None:
    several, one = "The ferry left. " * 300, "The ferry left, " * 300
    headers = [dict(post(SUMMARIZE, {"inputs": text}).headers) for text in (several, one)]
    assert [header.get("x-modelet-truncated") for header in headers] == [None, "true"]


def test_the_worker_answers_as_the_api(post: Post) -> None:
    texts, blank = [TEXT, "One sentence."], {"inputs": " "}
    body = {"inputs": texts, "parameters": {"ratio": 0.2}}
    results, reply = work(open_operation("summarize"), sqs_event("SummarizeQueue", body, blank))
    assert results["m0"] == summarize(post, texts, ratio=0.2)
    assert reply == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
