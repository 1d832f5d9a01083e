"""Takes a type apart, and compares a text that was sent with the text that the server gives back, part by part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from msgspec import Struct

from wdh.apply.fit.literals import Literal, split_array, split_multirange, split_range, split_row
from wdh.apply.fit.meanings import mean_the_same
from wdh.apply.fit.types import StoredType, is_certain_value, make_check
from wdh.sql import catalogue
from wdh.sql.driver import Cursor


def _next_number(bound: str) -> str:
    if bound.strip() != str(int(bound)):
        raise ValueError(f"{bound!r} is a code, and no number")
    return str(int(bound) + 1)


_SUCCESSORS: dict[str, Callable[[str], str]] = {
    "int4range": _next_number,
    "int8range": _next_number,
    "daterange": lambda bound: str(date.fromisoformat(bound.strip()) + timedelta(days=1)),
}
"""How ranges whose bounds have a next one are brought into one form: ``[1,5]`` is kept as ``[1,6)``."""


class Composition(Struct, frozen=True):
    """A type and its parts: none, the element of an array, the bound of a range, the fields of a row, in order."""

    type: StoredType
    parts: tuple[Composition, ...] = ()
    split: Callable[[str], Literal] | None = None

    def keeps(self, sent: str, stored: str) -> bool:
        """Say whether a text that was sent is the value that is read back as ``stored``. In doubt it is not."""
        if sent == stored:
            return True
        if self.split is None:
            return self._keeps_whole(sent, stored)
        try:
            left, right = self.split(sent), self.split(stored)
        except (ValueError, OverflowError):
            return False
        parts = self.parts if self.type.kind == "c" else self.parts * len(left.values)
        return left.shape == right.shape and all(map(_keeps_part, parts, left.values, right.values))

    def _keeps_whole(self, sent: str, stored: str) -> bool:
        check = make_check(self.type)
        if check is None or self.type.is_honest:
            return (check is None or check(sent) is None) and mean_the_same(self.type.known, sent, stored)
        sent = sent.strip()  # blanks around a number or a day say nothing
        if check(sent) is not None:
            return False
        return is_certain_value(self.type, sent) or mean_the_same(self.type.known, sent, stored)


def _keeps_part(part: Composition, sent: str | None, stored: str | None) -> bool:
    if sent is None or stored is None:
        return sent is stored
    return part.keeps(sent, stored)


def read_composition(cursor: Cursor, kind: StoredType) -> Composition:
    """Ask what a type is made of, down to what is made of nothing else; domains are taken off."""
    cursor.execute(catalogue.TYPE_PARTS, {"oid": kind.oid, "modifier": kind.modifier})
    found = cursor.fetchall()
    if not found:
        return Composition(kind)
    described = [_read_type(cursor, oid, modifier) for _, oid, modifier in found]
    parts = tuple(read_composition(cursor, part) for part, _ in described)
    match found[0][0]:
        case "domain":
            return parts[0]
        case "array":
            return Composition(kind, parts, partial(split_array, delimiter=described[0][1]))
        case "row":
            return Composition(kind, parts, split_row)
        case "multirange":
            return Composition(kind, parts, split_multirange)
        case _:
            return Composition(kind, parts, partial(_split_range, name=kind.known or ""))


def _read_type(cursor: Cursor, oid: int, modifier: int) -> tuple[StoredType, str]:
    cursor.execute(catalogue.TYPE, {"oid": oid})
    (row,) = cursor.fetchall()
    schema, name, kind, delimiter = row
    return StoredType(name, oid, schema, name, modifier, kind), delimiter


def _split_range(text: str, *, name: str) -> Literal:
    literal = split_range(text)
    successor = _SUCCESSORS.get(name)
    if successor is None or literal.shape == "empty" or len(literal.values) != 2:
        return literal
    low, high = literal.values
    if literal.shape[0] == "(" and low is not None:
        low = successor(low)
    if literal.shape[-1] == "]" and high is not None:
        high = successor(high)
    opening, closing = "(" if low is None else "[", ")"
    return Literal(f"{opening}_,_{closing}", (low, high))
