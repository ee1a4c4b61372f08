"""How import times are read, and how cold starts are shown."""

import pytest
from rich.console import Console

from workbench.coldstart.imports import STANDARD_LIBRARY, packages
from workbench.coldstart.measure import ColdStart
from workbench.coldstart.probe import MARK, time_method
from workbench.coldstart.report import coldstart_table, parts

SAID = f"""\
import time: self [us] | cumulative | imported package
import time:       900 |        900 | encodings
{MARK}
import time:      1500 |       1500 |     numpy.linalg
import time:      2500 |       4000 |   numpy
import time:       250 |        250 |   json
a warning of the function
import time:      1000 |       5250 | functions.embed.api
{MARK}
import time:      7000 |       7000 | anyio
"""

EMBED = ColdStart(
    "EmbedFunction", 100, {"interpreter": 10, "imports": 70, "first answer": 15, "other": 5}, {"numpy": 70}
)
WORKER = ColdStart(
    "EmbedWorker",
    90,
    {"interpreter": 10, "imports": 40, "bundle: session": 35, "first answer": 5, "other": 0},
    {f"package{index}": 4.0 for index in range(10)},
)


def test_import_times_are_those_of_init_summed_by_package() -> None:
    assert packages(SAID) == {"numpy": 4.0, STANDARD_LIBRARY: 0.25, "functions": 1.0}


def test_the_parts_of_each_function_add_up_to_its_whole() -> None:
    rows = parts([EMBED, WORKER])
    assert [sum(column) for column in zip(*rows.values(), strict=True)] == [100, 90]
    assert rows["import numpy"] == [70, 0.0]
    assert rows["import all else"] == [0, 12]  # the three packages that have no row
    assert list(rows)[-2:] == ["first answer", "other"]


def test_the_table_has_a_column_for_each_function() -> None:
    console = Console(width=100, record=True)
    console.print(coldstart_table([EMBED, WORKER], runs=3))
    text = console.export_text()
    assert "EmbedFunction" in text
    assert "EmbedWorker" in text
    assert "70.0   70%" in text


class Model:
    @classmethod
    def load(cls, name: str) -> str:
        return f"{cls.__name__} {name}"

    def run(self) -> str:
        raise ValueError("broken")


def test_a_timed_method_does_what_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    spans: dict[str, float] = {}
    for name in ("load", "run"):
        monkeypatch.setattr(Model, name, Model.__dict__[name])  # put back afterwards
        time_method(f"{__name__}:Model.{name}", spans)
    assert Model.load("b") == "Model b"
    with pytest.raises(ValueError, match="broken"):
        Model().run()
    assert all(seconds > 0 for seconds in spans.values())
    assert len(spans) == 2
