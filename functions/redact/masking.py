"""What a span is replaced by. The characters outside spans stay as they are."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Final, Literal

from functions.redact.spans import Span

__all__ = ["Masker", "Mode"]

Mode = Literal["mask", "label", "hash"]

_KEY_BYTES: Final = 32
_TOKEN_DIGITS: Final = 8  # hexadecimal: 32 bits tell the values of one deployment apart well enough


def _mask(value: str, _: str) -> str:
    return "*" * len(value)


def _label(_: str, entity: str) -> str:
    return f"[{entity}]"


class Masker:
    """Replaces spans in one of three modes.

    `mask`: an asterisk for each character. `label`: `[PERSON]`. `hash`: `[PERSON:1a2b3c4d]`, where the token is the
    beginning of an HMAC-SHA256, keyed so that nobody without the key can look a value up by trying values. The same
    value, whatever its case and spacing, gets the same token as long as the key is the same; without a key one is
    drawn for the lifetime of the object.
    """

    def __init__(self, key: str | None = None) -> None:
        self._key = key.encode() if key else secrets.token_bytes(_KEY_BYTES)
        self._replacements: dict[Mode, Callable[[str, str], str]] = {
            "mask": _mask,
            "label": _label,
            "hash": self._hash,
        }

    def _hash(self, value: str, entity: str) -> str:
        message = f"{entity}\0{' '.join(value.split()).casefold()}".encode(errors="surrogatepass")
        token = hmac.digest(self._key, message, "sha256").hex()
        return f"[{entity}:{token[:_TOKEN_DIGITS]}]"

    def __call__(self, text: str, spans: Sequence[Span], mode: Mode) -> str:
        """`text` with each of `spans`, sorted and disjoint, replaced."""
        replacement = self._replacements[mode]
        parts: list[str] = []
        done = 0
        for span in spans:
            parts += text[done : span.start], replacement(span.of(text), span.type)
            done = span.end
        return "".join([*parts, text[done:]])
