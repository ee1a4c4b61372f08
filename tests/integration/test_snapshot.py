"""SnapStart's hooks where there is a model, each in a fresh process, in the order of AWS's own runtime client."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.integration.conftest import Invoke
from workbench.local.environment import lambda_environment, search_path
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.template import Function, Template, read_template

pytest.importorskip("awslambdaric", reason="AWS publishes its runtime client for Linux")

FUNCTIONS = [
    function.logical_id
    for function in read_template(ROOT / "template.yaml").functions
    if function.model_folder(ROOT).with_name("model.toml").is_file()
]

# Prints the hooks that ran, in order, then answers the event that it is sent twice and prints the second answer.
RUN = """
import json, os, sys
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
from snapshot_restore_py import get_after_restore, get_before_snapshot
from workbench.local.bootstrap import LambdaContext, load_handler

ran = []

def note(hook, arguments, options):
    ran.append(hook.__name__)
    hook(*arguments, **options)

handler = load_handler(os.environ["_HANDLER"])
for registry in get_before_snapshot(), get_after_restore():
    registry[:] = [(note, entry, {}) for entry in registry]
run_before_snapshot()
ran.append("snapshot")
run_after_restore()
print(json.dumps(ran))
event = json.load(sys.stdin)
handler(event, LambdaContext(os.environ, 30))
print(json.dumps(handler(event, LambdaContext(os.environ, 30))))
"""


def _event_for(function: Function, template: Template) -> dict[str, Any]:
    events = (read_event(path) for path in event_paths(template.root / "events"))
    return next(event for event in events if function_for(event, template) == function)


def _restored(function: Function, event: dict[str, Any], root: Path) -> list[Any]:
    """What `function` prints, each line a JSON value: hooks, its log and metrics, and the answer."""
    path = {"PYTHONPATH": os.pathsep.join(search_path(root))}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(event),
        env=os.environ | lambda_environment(function, root) | path,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_hooks_run_in_order_and_a_restored_function_answers_as_any_other(
    template: Template, invoke: Invoke, name: str
) -> None:
    function = template.function(name)
    event = _event_for(function, template)
    ran, *log, answer = _restored(function, event, template.root)
    http = ["_warm_up_http"] if function.routes else []
    models = 1 + len(list(function.model_folder(template.root).with_name("companions").glob("*")))
    assert ran == [*http, *["warm_up"] * models, "snapshot", "seed", "_seed_numpy", *["forget"] * models]
    assert answer == invoke(event)
    first, second = [line for line in log if "Inputs" in line]
    assert first["Inputs"] == second["Inputs"], "the warm-up is counted as a call"
    assert first["ColdStart"] == 1, "the warm-up took the cold start"
