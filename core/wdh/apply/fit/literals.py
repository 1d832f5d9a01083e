"""Values made of values, as PostgreSQL writes them: arrays, rows, ranges and multiranges, taken apart.

The texts are those that the server took, or gave back.
https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO, …/rowtypes.html#ROWTYPES-IO-SYNTAX, …/rangetypes.html
"""

from __future__ import annotations

from msgspec import Struct

_BLANKS = " \t\n\v\f\r"
_VALUE = "_"


class Literal(Struct, frozen=True):
    """A literal taken apart: its text with ``_`` for each value, and the values (None: NULL, or no bound)."""

    shape: str
    values: tuple[str | None, ...]


def split_array(text: str, *, delimiter: str = ",") -> Literal:
    """Take an array apart, its inner arrays included."""
    bounds = text.partition("{")[0]
    shape, values = ["".join(bounds.split())], []
    place = len(bounds)
    marks = "{}" + delimiter
    while place < len(text):
        if text[place] in marks:
            shape.append(text[place])
            place += 1
        elif text[place] in _BLANKS:
            place += 1
        else:
            end = _find_end(text, place, ends=marks)
            element = text[place:end].rstrip(_BLANKS)
            values.append(None if element.upper() == "NULL" else _unquote(element))
            shape.append(_VALUE)
            place = end
    return Literal("".join(shape), tuple(values))


def split_row(text: str) -> Literal:
    """Take a row apart."""
    return _split_fields(text.strip(_BLANKS), ends=",)")


def split_range(text: str) -> Literal:
    """Take a range apart; an empty one has no values."""
    text = text.strip(_BLANKS)
    return Literal("empty", ()) if text.lower() == "empty" else _split_fields(text, ends=",)]")


def split_multirange(text: str) -> Literal:
    """Take a multirange apart into its ranges."""
    shape, values = [], []
    place = 0
    while place < len(text):
        if text[place] in "([":
            end = _find_end(text, place, ends=")]") + 1
            values.append(text[place:end])
            shape.append(_VALUE)
            place = end
        else:
            shape.append(text[place].strip(_BLANKS))
            place += 1
    return Literal("".join(shape), tuple(values))


def _split_fields(text: str, *, ends: str) -> Literal:
    values = []
    place = 0
    while place < len(text) - 1:
        end = _find_end(text, place + 1, ends=ends)
        values.append(_unquote(text[place + 1 : end]) if end > place + 1 else None)
        place = end
    return Literal(text[0] + ",".join(_VALUE * len(values)) + text[-1], tuple(values))


def _find_end(text: str, place: int, *, ends: str) -> int:
    """Find the next of ``ends`` that is neither quoted nor escaped."""
    quoted = False
    while place < len(text) and (quoted or text[place] not in ends):
        quoted ^= text[place] == '"'
        place += 2 if text[place] == "\\" else 1
    return place


def _unquote(text: str) -> str:
    """Take quotes and backslashes off; inside of quotes two quotes are one."""
    value = []
    quoted = False
    place = 0
    while place < len(text):
        two = text[place : place + 2]
        if two[0] == "\\" or (quoted and two == '""'):
            value.append(two[1:])
            place += 2
            continue
        if two[0] == '"':
            quoted = not quoted
        else:
            value.append(two[0])
        place += 1
    return "".join(value)
