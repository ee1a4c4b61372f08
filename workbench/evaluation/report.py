"""Figures as tables: in the terminal, and as the page and the data of docs/benchmarks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from rich import box
from rich.table import Table

from workbench.evaluation.intervals import Estimate
from workbench.evaluation.redact import TypeScore
from workbench.evaluation.results import Evaluated, Figure

__all__ = ["markdown", "table", "types_table", "update"]

PAGE = """\
# Quality

Written by `modelet evaluate --all --data-folder FOLDER --report {name}.md`; not edited by hand.

{figures}

Figures are of the bundles as they ship, asked through the operations that their handlers answer with; in brackets the
95 % interval of 1,000 bootstrap resamples. fp32 is the same service with the same weights before they were quantized.
`modelet evaluate SERVICE --data FILE --format FORMAT` measures one of the files, known by its sha256.

![How many are right of what is given a score, by service]({name}.png)

## Files

{files}

## Bundles

{bundles}
"""
_RESULTS: TypeAdapter[list[Evaluated]] = TypeAdapter(list[Evaluated])


def table(result: Evaluated) -> Table:
    """A row for each figure."""
    title = f"{result.function}: {result.bundle} on {result.data}"
    found = Table("metric", title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("examples", "bundle", "95 % interval", "fp32", "kept"):
        found.add_column(heading, justify="right", no_wrap=True)
    for figure in result.figures:
        found.add_row(*_cells(figure))
    return found


def types_table(scores: Iterable[TypeScore]) -> Table:
    """Redaction, type by type."""
    found = Table("type", "labelled", "recall", "recall, any type", "characters covered", "found", "precision")
    for row in scores:
        found.add_row(*("-" if v is None else f"{v:.3f}" if isinstance(v, float) else str(v) for v in row))
    return found


def _cells(figure: Figure) -> tuple[str, ...]:
    estimate = figure.bundle
    return (
        figure.metric,
        f"{figure.examples:,}",
        f"{estimate.value:.4f}",
        _interval(estimate),
        "-" if figure.reference is None else f"{figure.reference:.4f}",
        "-" if figure.kept is None else f"{figure.kept:.2%}",
    )


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:.4f} to {estimate.high:.4f}"


def update(page: Path, results: Sequence[Evaluated]) -> None:
    """Put `results` into the page, in the place of earlier ones of their functions; beside it go data and picture.

    Raises ValueError if the data beside the page are not ours.
    """
    from workbench.evaluation.picture import draw

    data, names = page.with_suffix(".json"), {result.function for result in results}
    kept = [result for result in _read(data) if result.function not in names]
    every = sorted([*kept, *results], key=lambda result: result.function)
    page.parent.mkdir(parents=True, exist_ok=True)
    data.write_bytes(_RESULTS.dump_json(every, indent=2) + b"\n")
    page.write_text(_page(page.stem, every), encoding="utf-8")
    draw(every, page.with_suffix(".png"))


def _read(data: Path) -> list[Evaluated]:
    try:
        return _RESULTS.validate_json(data.read_bytes()) if data.exists() else []
    except ValidationError as error:
        raise ValueError(
            f"{data} holds something else than results ({error.error_count()} errors): move it away"
        ) from None


def _page(name: str, results: Sequence[Evaluated]) -> str:
    figures = [
        (result.function, result.data, result.form or "", *_cells(figure)[:2], str(figure.bundle), *_cells(figure)[4:])
        for result in results
        for figure in result.figures
    ]
    files = {
        (one.data, one.public.source, one.public.licence, f"`{one.public.sha256}`") for one in results if one.public
    }
    bundles = {(one.function, one.bundle, f"`{one.digest}`") for one in results}
    return PAGE.format(
        name=name,
        figures=markdown(("service", "file", "format", "metric", "examples", "bundle", "fp32", "kept"), figures),
        files=markdown(("file", "from", "licence stated there", "sha256"), sorted(files)),
        bundles=markdown(("service", "bundle", "digest"), sorted(bundles)),
    )


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of a page."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows))
