"""A service of the user's own in the project's template."""

from pathlib import Path

import pytest

from workbench.local.template import read_document, read_template
from workbench.training.spec import TrainingError
from workbench.training.template import with_service

TEMPLATE = Path(__file__).parents[3] / "template.yaml"


def test_a_service_gets_functions_a_queue_and_a_route(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(with_service(TEMPLATE, "intent", "support_tickets"), encoding="utf-8")
    before, after = read_template(TEMPLATE), read_template(path)
    assert len(after.functions) == len(before.functions) + 2
    pattern, added = (after.function(f"{name}Function") for name in ("Intent", "SupportTickets"))
    assert added.handler == "functions.support_tickets.api.handler"
    assert [route.key for route in added.routes] == ["POST /v1/support_tickets"]
    assert added.memory == pattern.memory
    worker = after.function("SupportTicketsWorker")
    assert worker.environment["POWERTOOLS_SERVICE_NAME"] == "support_tickets-worker"
    queues = {mapping.queue for mapping in worker.mappings}
    assert queues == {"SupportTicketsQueue", "SupportTicketsParts"}
    assert queues <= set(read_document(path)["Resources"])
    assert after.function("IntentFunction") == before.function("IntentFunction")


def test_every_route_is_renamed() -> None:
    text = with_service(TEMPLATE, "rerank", "tickets")
    assert text.count("Path: /v2/rerank") == 1
    assert text.count("Path: /v2/tickets") == 1


def test_it_is_added_once(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(with_service(TEMPLATE, "intent", "tickets"), encoding="utf-8")
    assert with_service(path, "intent", "tickets") == path.read_text(encoding="utf-8")


def test_a_function_without_a_block_is_no_pattern() -> None:
    with pytest.raises(TrainingError, match="has no NothingFunction"):
        with_service(TEMPLATE, "nothing", "tickets")
