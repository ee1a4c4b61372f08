"""`modelet evaluate` on the project's own bundles: figures beside single precision, and one line for what is wrong."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli import app
from workbench.evaluation.run import evaluate

FUNCTIONS = Path(__file__).parents[2] / "functions"
PAIRS = """\
A man is playing a guitar.,A man plays the guitar.,4.8
The train leaves at nine.,When does the train depart?,3.0
A dog runs on the beach.,The stock market fell.,0.2
Two children are eating.,Kids have a meal.,4.0
It rains in Oslo.,She repairs a bicycle.,0.1
"""


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize("function", ["embed", "similarity"])
def test_figures_beside_single_precision(tmp_path: Path, function: str) -> None:
    data = tmp_path / "pairs.csv"
    data.write_text(PAIRS)
    [result] = evaluate(FUNCTIONS / function, data)
    [figure] = result.figures
    assert (result.data, result.public, figure.examples) == ("pairs.csv", None, 5)
    assert figure.bundle.low <= figure.bundle.value <= figure.bundle.high
    assert figure.bundle.value > 0.8  # two neighbours may change places, which costs 0.1
    assert figure.reference is not None
    assert figure.kept == pytest.approx(figure.bundle.value / figure.reference)


@pytest.mark.usefixtures("bundles")
def test_redact_is_shown_type_by_type() -> None:
    result = CliRunner().invoke(app, ["evaluate", "redact", "--data", str(FUNCTIONS / "redact" / "gate.json")])
    assert result.exit_code == 0
    assert re.search(r"^ *characters covered +\d+ +0\.\d{4}", result.output, re.MULTILINE)
    assert re.search(r"EMAIL_ADDRESS \W+\d+ \W+[01]\.\d{3}", result.output)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("", "name a function, or give --all"),
        ("embed --all", "name a function, or give --all"),
        ("embed", "give --data FILE for one function"),
        ("--all --data x.csv", "give --data FILE for one function"),
        ("embed --data x.csv --data-folder x", "give --data FILE for one function"),
        ("embed --data x.csv --report x.md", "--report is of all public sets"),
        ("embed --data pyproject.toml --format sts2", "no format 'sts2'"),
        ("embed --data-folder tests/data", "has no stsb_en_dev.csv"),
        ("sentiment --data pyproject.toml", "ends in .jsonl, .csv, .parquet"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(arguments: str, error: str) -> None:
    result = CliRunner().invoke(app, ["evaluate", *arguments.split()])
    assert result.exit_code == 1
    assert error in result.stderr
    assert len(result.stderr.splitlines()) == 1
