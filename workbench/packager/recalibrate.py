"""`modelet calibrate`: from texts to the statistics that are committed beside model.toml."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from modelet.tokenizer import TextTokenizer, fit_pair
from workbench.packager.build import graph_builder, weights_sha256
from workbench.packager.calibrate import Statistics, collect
from workbench.packager.families import FAMILIES
from workbench.packager.fetch import fetch
from workbench.packager.gate import TEXTS
from workbench.packager.spec import ModelSpec, PackagerError
from workbench.progress import task_progress

__all__ = ["calibrate"]


def calibrate(function: Path, data: Path | None = None) -> Path:
    """Run the texts of `data` (a line each; by default those that ship) in fp32 and write what they reach."""
    spec = ModelSpec.load(function)
    if spec.recipe.calibration is None:
        raise PackagerError(f"{function}/model.toml: precision {spec.recipe.precision!r} is not calibrated")
    path = data or TEXTS / "calibration.txt"
    texts = _texts(path)
    files = fetch(spec.source, function)
    sequences = _sequences(spec, TextTokenizer(files["tokenizer"]), texts)
    with task_progress(f"calibrating {spec.name}", len(sequences)) as progress:
        statistics: Statistics = collect(
            graph_builder(spec, files, function),
            sequences,
            weights=weights_sha256(spec, function),
            texts=hashlib.sha256("\n".join(texts).encode()).hexdigest(),
            progress=progress.advance,
        )
    statistics.save(function / spec.recipe.calibration)
    return function / spec.recipe.calibration


def _sequences(spec: ModelSpec, tokenizer: TextTokenizer, texts: Sequence[str]) -> list[list[int]]:
    """What the model reads of each text, cut: alone or, for pairs, with another that is near."""
    items = FAMILIES[spec.task].items(texts)
    if not spec.reads_pairs:
        room = spec.limits.max_tokens - tokenizer.specials
        return [tokenizer.frame(tokenizer.encode(text).ids[:room]).tolist() for text in items]
    room = spec.limits.max_tokens - tokenizer.pair_specials
    ids = ((tokenizer.encode(first).ids, tokenizer.encode(second).ids) for first, second in items)
    return [tokenizer.frame(*fit_pair(first, second, room)).tolist() for first, second in ids]


def _texts(path: Path) -> Sequence[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PackagerError(f"{path}: {error}") from None
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise PackagerError(f"{path} has no text; give one text a line")
    return texts
