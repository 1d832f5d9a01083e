"""What an unquoted word of a YAML file is: text, a number, true, false, or nothing.

The rules are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema), but for infinity and
not-a-number, which no key of ours could use.
"""

from __future__ import annotations

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
_MANY_DIGITS = 4000
"""int() refuses more digits than 4300; nothing here is that large, so a float says as much."""

_OLD_BOOLEAN = re.compile(r"(yes|no|on|off)", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


def resolve(text: str) -> Scalar:
    """Say what the unquoted ``text`` means: ``12`` is a number, ``0x1F`` too, ``Z0003`` is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < _MANY_DIGITS else float(text)
    if text[:2] in _BASED:
        pattern, base = _BASED[text[:2]]
        return int(text, base) if pattern.fullmatch(text) else text
    return float(text) if _FLOAT.fullmatch(text) else text


def find_doubt(text: str) -> str | None:
    """Say why the unquoted ``text`` should not stand so: programs disagree about it. None where it is clear."""
    if _OLD_BOOLEAN.fullmatch(text):
        meanings, number = "text to some readers of YAML and true or false to others", "true or false"
    elif _LEADING_ZERO.fullmatch(text):
        meanings, number = "a code to people and a number to YAML, which drops the leading 0", "the number without it"
    else:
        return None
    return f'{text} is {meanings}: put text in quotes, "{text}", or write {number}'


def describe(value: object) -> str:
    """Name what a value is to YAML: ``the number 12``, ``the text 'x'``, ``a list`` …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {'true' if value else 'false'}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}" if value else "an empty text"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else _kind(value)


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"
