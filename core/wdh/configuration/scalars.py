"""What an unquoted word of a YAML file is: text, a number, true, false, or nothing.

The rules are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema), but for infinity and
not-a-number, which no key of ours could use.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = {"0o": (re.compile(r"0o[0-7]+"), 8), "0x": (re.compile(r"0x[0-9a-fA-F]+"), 16)}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MOST_DIGITS = 1000
"""How long a number may be written; int() and str() refuse more digits than 4300."""

_MOST_CHARACTERS = 10_000
"""How long a text may be; the longest of the known form are sentences."""

_UNUSABLE = re.compile("[\0\ud800-\udfff]")
"""What an escape can put into a text, and neither the warehouse nor a terminal takes."""

_OLD_BOOLEAN = re.compile(r"(yes|no|on|off)", re.IGNORECASE)
_SHOWN = 100
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


def resolve(text: str) -> Scalar:
    """Say what the unquoted ``text`` means: ``12`` is a number, ``0x1F`` too, ``Z0003`` is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else math.inf
    if text[:2] in _BASED:
        pattern, base = _BASED[text[:2]]
        is_number = pattern.fullmatch(text) is not None
        return text if not is_number else int(text, base) if len(text) <= _MOST_DIGITS else math.inf
    return float(text) if _FLOAT.fullmatch(text) else text


def find_doubt(text: str) -> str | None:
    """Say why the unquoted ``text`` should not stand so: programs disagree about it. None where it is clear."""
    if _OLD_BOOLEAN.fullmatch(text):
        meanings, number = "text to some readers of YAML and true or false to others", "true or false"
    elif resolve(text) in (math.inf, -math.inf):
        return f"{clip(text)} is too large a number; if it is text, put it in quotes"
    elif _LEADING_ZERO.fullmatch(text):
        meanings, number = "a code to people and a number to YAML, which drops the leading 0", "the number without it"
    else:
        return None
    return f'{text} is {meanings}: put text in quotes, "{text}", or write {number}'


def find_unusable(text: str) -> str | None:
    """Say why no text here can be ``text``, however it is written. None where it can."""
    if len(text) > _MOST_CHARACTERS:
        return f"is {len(text)} characters long, and no text here has more than {_MOST_CHARACTERS}"
    found = _UNUSABLE.search(text)
    return None if found is None else f"has the character U+{ord(found[0]):04X}, which no text can have; remove it"


def clip(text: str) -> str:
    """Leave of a text what a sentence has room for."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def describe(value: object) -> str:
    """Name what a value is to YAML: ``the number 12``, ``the text 'x'``, ``a list`` …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {'true' if value else 'false'}"
    if isinstance(value, (int, float)):
        return f"the number {clip(str(value))}"
    if isinstance(value, str):
        return f"the text {clip(value)!r}" if value else "an empty text"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else _kind(value)


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"
