"""How things are written: the patterns that propose candidates. What a candidate is worth is decided elsewhere.

Each is bounded in length, or cannot start again inside what it has passed, so that a search is linear.
"""

import re
from typing import Final

__all__ = ["CARD", "CARD_LIKE", "DOMAIN", "EMAIL", "IBAN", "IPV4", "IPV6", "NINE_DIGITS", "PHONE", "SSN", "WEB_ADDRESS"]

# Endings of domains without a path: those that are seldom an English word or a file's extension.
_ENDINGS: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|cloud|online|site|shop|store|tech|blog|xyz|"
    "ac|ar|au|bg|br|ca|ch|cl|cn|co|cz|de|dk|ee|es|eu|fi|fr|gr|hk|hr|hu|ie|il|ir|jp|kr|lt|lv|mx|"
    "nl|nz|pe|pt|ro|ru|se|sg|si|sk|tr|tv|tw|ua|uk|vn|za"
)
_HOST_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


EMAIL: Final = _pattern(
    rf"(?<![\w.+%-]) [^\W_][\w.+'%-]{{0,63}}+ @ (?:{_HOST_LABEL}\.){{1,8}} [^\W\d_]{{2,63}} (?![\w@])"
)
WEB_ADDRESS: Final = _pattern(r"(?<!\w) (?:(?:https?|ftps?|wss?)://|www\.) (?=[\w\[]) [^\s<>\"]++")
DOMAIN: Final = _pattern(
    rf"(?<![\w.@/-]) (?:{_HOST_LABEL}\.){{1,6}} (?:(?:{_ENDINGS})(?![\w@-]|\.\w) | [a-z]{{2,24}}(?=/\w))"
    r" (?::\d{1,5})? (?:[/?\#][^\s<>\"]*+)?"
)
IPV4: Final = _pattern(r"(?<![\w.]) (?<!version\ ) (?<!release\ ) \d{1,3}(?:\.\d{1,3}){3} (?:/\d{1,2})? (?!\w|\.\d)")
# A digit is asked for: `dead::beef` is as likely a name in a program.
IPV6: Final = _pattern(
    r"(?<![\w:.]) (?=[a-f:]{0,20}\d) (?:[\da-f]{0,4}:){2,7} (?:\d{1,3}(?:\.\d{1,3}){3} | [\da-f]{1,4})?"
    r" (?:%\w{1,15})? (?:/\d{1,3})? (?![\w:])"
)
IBAN: Final = _pattern(
    r"(?<!\w) [a-z]{2}\d{2} (?: [a-z\d]{11,30} | (?:[ ][a-z\d]{4}){2,7}(?:[ ][a-z\d]{1,3})? ) (?!\w)"
)
CARD: Final = _pattern(
    r"(?<![\w.]) (?: \d{12,19} | \d{4}([ -])\d{4}(?:\1\d{4}){1,2}(?:\1\d{1,4}){0,2} | \d{4}([ -])\d{6}\2\d{4,5} )"
    r" (?!\w)"
)
SSN: Final = _pattern(r"(?<![\w-]) \d{3}-\d{2}-\d{4} (?![\w-])")
NINE_DIGITS: Final = _pattern(r"(?<![\w-]) \d{3}[ -]?\d{2}[ -]?\d{4} (?![\w-])")
PHONE: Final = _pattern(
    r"(?<![\w+/-]) (?<!\d\.) (?:\+|\(\+?)? \d (?:[ ./()-]{0,3}\d){6,17} (?:\ ?(?:x|ext\.?|extension)\ ?\d{1,6})? (?!\w)"
)
CARD_LIKE: Final = _pattern(r"(?<![\w.]) \d(?:[ -]?\d){11,18} (?!\w)")
