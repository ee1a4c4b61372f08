"""Language identification by fastText: a text's words and character n-grams, in one bag, to a score for each label."""

from collections.abc import Sequence

from modelet.bundle import Bundle
from modelet.manifest import Activation
from modelet.subwords import FEATURES_FILE, SubwordHasher
from modelet.tasks.base import EXAMPLE, Output, Prepared
from modelet.tasks.classification import Classification

__all__ = ["LanguageIdentificationTask"]


class LanguageIdentificationTask:
    """Features stand where other tasks have tokens; those over the manifest's `max_tokens` are cut."""

    name = "language-identification"
    example = EXAMPLE

    def __init__(self, bundle: Bundle) -> None:
        self._hasher = SubwordHasher(bundle.file(FEATURES_FILE))
        self._room = bundle.manifest.limits.max_tokens
        self._activation: Activation = bundle.manifest.activation or "softmax"

    def check(self, item: str, field: str) -> None:
        """Any text has a feature at least, the end of its line."""

    def preprocess(self, item: str) -> Prepared[bool]:
        features = self._hasher.features(item)
        return Prepared(len(features) > self._room, [features[: self._room]])

    def postprocess(self, prepared: Prepared[bool], outputs: Sequence[Output]) -> Classification:
        return Classification.of(prepared, outputs, self._activation)

    def fingerprint(self, item: str) -> tuple[bytes, ...]:
        return (item.encode(),)
