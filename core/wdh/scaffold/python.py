"""Python source as a formatter leaves it: double quotes, 88 columns, one item a line where they do not fit in one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

WIDTH: Final = 88
"""Columns of a line, of which a wide character takes two: the default of ruff and Black."""

_INDENT: Final = 4


class Call(Struct, frozen=True):
    """A call of ``function`` with positional and named arguments; plain values, or calls."""

    function: str
    arguments: Sequence[Any] = ()
    named: Mapping[str, Any] | None = None


def show_text(text: str) -> str:
    r"""Write a text as Python source. Everything but quotes is escaped as ``repr`` does it."""
    body = "".join(char if char in "'\"" else repr(char)[1:-1] for char in text)
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + body.replace(quote, "\\" + quote) + quote


def show_value(value: Any, *, indent: int = 0, taken: int = 0, is_spread: bool = False) -> str:
    """Write a value as Python source: texts, numbers, None, lists, mappings and calls.

    ``indent`` is that of the line, ``taken`` what else stands in it before and behind the value. ``is_spread`` puts
    each item on a line of its own even where all would fit in one.
    """
    if isinstance(value, str):
        return show_text(value)
    opening, items, closing = _open(value)
    if not opening:
        return repr(value)
    flat = opening + ", ".join(f"{head}{show_value(item, taken=-_ENDLESS)}" for head, item in items) + closing
    if not items or (not is_spread and indent + taken + width_of(flat) <= WIDTH):
        return flat
    inner = indent + _INDENT
    lines = [
        " " * inner + head + show_value(item, indent=inner, taken=width_of(head) + len(",")) + ",\n"
        for head, item in items
    ]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


_ENDLESS: Final = 1 << 30


def _open(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """Take a value with items apart: what opens it, the items with what stands before each, and what closes it."""
    if isinstance(value, Call):
        named = [(f"{name}=", item) for name, item in (value.named or {}).items()]
        return f"{value.function}(", [("", item) for item in value.arguments] + named, ")"
    if isinstance(value, dict):
        return "{", [(f"{show_value(key)}: ", item) for key, item in value.items()], "}"
    if isinstance(value, (list, tuple)):
        return "[", [("", item) for item in value], "]"
    return "", [], ""


def width_of(text: str) -> int:
    """Count the columns that a text takes: wide characters take two, marks that join none."""
    return sum(_width_of_character(char) for char in text)


def _width_of_character(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
