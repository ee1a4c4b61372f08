"""What a warm request to embed costs beside the model: the handler's own share, the emulator's and the gateway's."""

import http.client
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stdout
from io import StringIO
from itertools import count
from statistics import median
from time import perf_counter
from typing import Annotated, Any

import typer
import uvicorn
from rich.table import Table

from benchmarks.environment import ROOT
from benchmarks.machine import cpu_model
from workbench.cli.app import console
from workbench.emulator.environment import ExecutionEnvironment
from workbench.local.bootstrap import LambdaContext, load_handler
from workbench.local.environment import lambda_environment
from workbench.local.gateway import create_gateway
from workbench.local.routing import read_event
from workbench.local.server import listen
from workbench.local.template import Function, Template, read_template
from workbench.progress import track

EVENT = ROOT / "events" / "http_embed.json"
TURN = 25  # calls of one kind in a row; as many more before, untimed, bring its code back into the CPU's caches
NO_CACHE = {"MODELET_CACHE_BYTES": "0"}
Event = dict[str, Any]
Call = Callable[[Event], float]
"""Answers an event and returns the milliseconds that it took beyond the predictor's own."""


def main(turns: Annotated[int, typer.Option(min=1, help=f"Turns of {TURN} calls of each kind.")] = 20) -> None:
    """Send distinct texts, the cache off, in turns; print medians of what is not the predictor's own time.

    Example: python benchmarks/overhead.py --turns 5
    """
    template = read_template(ROOT / "template.yaml")
    function = template.function("EmbedFunction")
    with _emulated(function) as environment, _gateway(template, environment) as through_gateway:
        ways: Mapping[str, Call] = {
            "handler(event): FastAPI, validation, logs, metrics": _in_process(function),
            "the same under the emulator": _through_emulator(environment),
            "the same behind the gateway": through_gateway,
        }
        medians = _measure(ways, turns)
    console.print(_table(medians, turns))


def _measure(ways: Mapping[str, Call], turns: int) -> Mapping[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    events = map(_event, count())
    for _ in track(range(turns), "warm calls", turns):
        for name, call in ways.items():
            taken[name] += [call(next(events)) for _ in range(2 * TURN)][TURN:]
    return {name: median(milliseconds) for name, milliseconds in taken.items()}


def _event(number: int) -> Event:
    """The committed event with a text that no other call has."""
    event = read_event(EVENT)
    return event | {"body": json.dumps({"input": f"Train {number} to the coast leaves at nine."})}


def _in_process(function: Function) -> Call:
    os.environ |= {**lambda_environment(function, ROOT), **NO_CACHE}
    handler = load_handler(function.handler)
    from functions.embed.service import predictor

    record, own = predictor.observe, [0.0]

    def observe(prediction: Any) -> None:
        own[0] = prediction.milliseconds
        record(prediction)

    predictor.observe = observe

    def call(event: Event) -> float:
        context = LambdaContext(os.environ, function.timeout)
        with redirect_stdout(StringIO()):  # the metrics
            start = perf_counter()
            handler(event, context)
            return (perf_counter() - start) * 1e3 - own[0]

    return call


@contextmanager
def _emulated(function: Function) -> Iterator[ExecutionEnvironment]:
    with ExecutionEnvironment(function, ROOT, variables=NO_CACHE) as environment:
        yield environment


def _through_emulator(environment: ExecutionEnvironment) -> Call:
    def call(event: Event) -> float:
        start = perf_counter()
        logs = environment.invoke(event).logs
        return (perf_counter() - start) * 1e3 - _predict_time(logs)

    return call


class _OneEnvironment:
    """An executor of one function, which keeps what that logged last."""

    def __init__(self, environment: ExecutionEnvironment) -> None:
        self._environment = environment
        self.logs = ""

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        invocation = self._environment.invoke(event)
        self.logs = invocation.logs
        return invocation.answer


@contextmanager
def _gateway(template: Template, environment: ExecutionEnvironment) -> Iterator[Call]:
    """A call over HTTP, one connection kept, to the gateway before the emulated function."""
    executor = _OneEnvironment(environment)
    with closing(listen("127.0.0.1", 0)) as socket:
        config = uvicorn.Config(create_gateway(template, executor), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        client = http.client.HTTPConnection(*socket.getsockname())

        def call(event: Event) -> float:
            start = perf_counter()
            client.request("POST", event["rawPath"], event["body"], {"content-type": "application/json"})
            client.getresponse().read()
            return (perf_counter() - start) * 1e3 - _predict_time(executor.logs)

        try:
            yield call
        finally:
            client.close()
            server.should_exit = True
            thread.join()


def _predict_time(logs: str) -> float:
    """The predictor's own milliseconds, from the metrics that the function logged."""
    found = (json.loads(line) for line in logs.splitlines() if '"PredictTime"' in line)
    return float(next(found)["PredictTime"])


def _table(medians: Mapping[str, float], turns: int) -> Table:
    table = Table(
        title=f"Warm request less the model, medians of {turns * TURN}", title_justify="left", caption=cpu_model()
    )
    table.add_column("way")
    table.add_column("ms", justify="right")
    table.add_column("adds", justify="right")
    before = 0.0
    for name, milliseconds in medians.items():
        table.add_row(name, f"{milliseconds:.3f}", f"{milliseconds - before:+.3f}")
        before = milliseconds
    return table


if __name__ == "__main__":
    typer.run(main)
