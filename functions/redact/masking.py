"""What a span is replaced by. The characters outside spans stay as they are."""

import hmac
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

from functions.redact.spans import Span
from modelet.errors import InvalidInputError

__all__ = ["Masker", "Mode"]

Mode = Literal["mask", "label", "hash"]

_TOKEN_DIGITS: Final = 16  # hexadecimal: among a million values, two share a token with a chance of 3 in 100 million


def _mask(value: str, _: str) -> str:
    return "*" * len(value)


def _label(_: str, entity: str) -> str:
    return f"[{entity}]"


def _hash(key: bytes, value: str, entity: str) -> str:
    message = f"{entity}\0{' '.join(value.split()).casefold()}".encode(errors="surrogatepass")
    return f"[{entity}:{hmac.digest(key, message, 'sha256').hex()[:_TOKEN_DIGITS]}]"


class Masker:
    """Replaces spans in one of three modes.

    `mask`: an asterisk for each character. `label`: `[PERSON]`. `hash`: `[PERSON:1a2b3c4d5e6f7a8b]`, where the token
    is the beginning of an HMAC-SHA256, keyed so that nobody without the key can look a value up by trying values. The
    same value, whatever its case and spacing, gets the same token wherever the key is the same; without a key there
    is no such mode.
    """

    def __init__(self, key: str | None = None) -> None:
        self._replacements: dict[Mode, Callable[[str, str], str]] = {"mask": _mask, "label": _label}
        if key:
            self._replacements["hash"] = partial(_hash, key.encode())

    def check(self, mode: Mode) -> None:
        """Raise InvalidInputError if `mode` needs a key and there is none."""
        if mode not in self._replacements:
            raise InvalidInputError("parameters.mode", f"{mode} needs the setting MODELET_HASH_KEY")

    def __call__(self, text: str, spans: Sequence[Span], mode: Mode) -> str:
        """`text` with each of `spans`, sorted and disjoint, replaced. Raises InvalidInputError as `check` does."""
        self.check(mode)
        replacement = self._replacements[mode]
        parts: list[str] = []
        done = 0
        for span in spans:
            parts += text[done : span.start], replacement(span.of(text), span.type)
            done = span.end
        return "".join([*parts, text[done:]])
