"""One target: the template, the images and the builder mean the same Python and the same architectures."""

from pathlib import Path

from workbench.build.target import IMAGE, PYTHON, TARGETS
from workbench.local.template import read_document, read_template

ROOT = Path(__file__).parents[3]


def test_the_template_runs_what_is_built_for() -> None:
    assert {function.runtime for function in read_template(ROOT / "template.yaml").functions} == {f"python{PYTHON}"}
    document = read_document(ROOT / "template.yaml")
    assert set(document["Parameters"]["Architecture"]["AllowedValues"]) == set(TARGETS)


def test_images_are_made_on_the_same_python() -> None:
    assert f"ARG BASE={IMAGE}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
