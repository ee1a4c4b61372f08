"""MODEL_CARD.md: what a bundle is, where it comes from, and how it did at the gate."""

from modelet.manifest import Check, Limits, Manifest

__all__ = ["model_card"]


def model_card(manifest: Manifest) -> str:
    """The card as Markdown."""
    checks = "\n".join(map(_row, manifest.gate))
    recipe = "\n".join(f"- {key}: {value}" for key, value in sorted(manifest.recipe.items()))
    return f"""# {manifest.id}

Task: {manifest.task}. Precision: {manifest.precision}. Digest: `{manifest.digest}`.

## Source and licence
{manifest.license.attribution}. Licence of the weights: {manifest.license.spdx}.

Weights sha256 `{manifest.source.sha256}`, from any of:
{chr(10).join(f"- `{uri}`" for uri in manifest.source.uris)}

## Recipe
{recipe}

## Gate
| check | value | must be | passed |
|---|---|---|---|
{checks}

## Limits
Reads at most {manifest.limits.max_tokens} tokens in one run; {_beyond(manifest.limits)}.
"""


def _row(check: Check) -> str:
    return f"| {check.name} | {check.value:.5f} | {check.bound} | {'yes' if check.passed else '**no**'} |"


def _beyond(limits: Limits) -> str:
    return f"longer texts are read in windows that share {limits.overlap}" if limits.overlap else "the rest is cut"
