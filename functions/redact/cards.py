"""Payment card numbers: which prefixes and lengths the networks issue (ISO/IEC 7812 issuer ranges)."""

from typing import Final, NamedTuple

from stdnum import luhn

__all__ = ["is_card_number"]


class _Range(NamedTuple):
    first: str
    last: str
    lengths: frozenset[int]


def _range(first: str, last: str, *lengths: int) -> _Range:
    return _Range(first, last, frozenset(lengths))


_WITHOUT_SEPARATORS: Final = str.maketrans("", "", " -")
_LONG: Final = range(16, 20)
_RANGES: Final = (
    _range("4", "4", 13, 16, 19),  # Visa
    _range("51", "55", 16),  # Mastercard
    _range("2221", "2720", 16),  # Mastercard
    _range("34", "34", 15),  # American Express
    _range("37", "37", 15),  # American Express
    _range("300", "305", 14, *_LONG),  # Diners Club
    _range("3095", "3095", 14, *_LONG),  # Diners Club
    _range("36", "36", 14, *_LONG),  # Diners Club
    _range("38", "39", 14, *_LONG),  # Diners Club
    _range("3528", "3589", *_LONG),  # JCB
    _range("1800", "1800", 15),  # JCB
    _range("2131", "2131", 15),  # JCB
    _range("6011", "6011", *_LONG),  # Discover
    _range("644", "659", *_LONG),  # Discover
    _range("62", "62", *_LONG),  # UnionPay
    _range("81", "81", *_LONG),  # UnionPay
    _range("2200", "2204", *_LONG),  # Mir
    _range("50", "50", *range(12, 20)),  # Maestro
    _range("56", "58", *range(12, 20)),  # Maestro
    _range("60", "69", *range(12, 20)),  # Maestro, RuPay
)


def is_card_number(number: str) -> bool:
    """Whether a network issues such numbers and the check digit (ISO/IEC 7812-1, Luhn) is right."""
    digits = number.translate(_WITHOUT_SEPARATORS)
    return any(
        first <= digits[: len(first)] <= last and len(digits) in lengths for first, last, lengths in _RANGES
    ) and luhn.is_valid(digits)
