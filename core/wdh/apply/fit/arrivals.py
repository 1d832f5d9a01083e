"""Asks the server, before the first write, whether a column's type keeps texts as they are sent.

The texts are staged under that type and read back. What was sent and what the server gives back are compared part by
part, as the type is composed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from wdh.apply.fit.literals import Literal, split_array, split_multirange, split_range, split_row
from wdh.apply.fit.meanings import mean_the_same
from wdh.apply.fit.types import StoredType, is_certain_value, make_check
from wdh.apply.staging import fill_stage
from wdh.sql import catalogue, statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    import psycopg2

_ESCAPE = re.compile(r"\\(.)")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
"""COPY TO writes these characters as a backslash and a letter, every other one as itself."""
_STAGED_LINE = re.compile(r"wdh_stage\D*(\d+)")
_WITH_STEPS: Final = frozenset(("int4range", "int8range", "daterange"))
"""Ranges whose bounds have a next one are kept in one form: ``[1,5]`` as ``[1,6)``."""


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
    if name not in _WITH_STEPS or literal.shape == "empty" or len(literal.values) != 2:
        return literal
    return Literal("(_,_)" if literal.values[0] is None else "[_,_)", literal.values)


def find_changed(
    cursor: Cursor, target: Target, *, column: str, kind: StoredType, texts: Sequence[str]
) -> dict[str, str]:
    """Give those of the texts that the column would not keep as they are, each with what it would arrive as.

    Raises psycopg2.Error where the server refuses one; :func:`refused_text` says which.
    """
    fill_stage(cursor, target, columns=[column], rows=[(text,) for text in texts])
    answer = io.BytesIO()
    cursor.copy_expert(statements.READ_STAGE, answer)
    cursor.execute(statements.DROP_STAGE)
    composition = read_composition(cursor, kind)
    changed = {}
    for line in answer.getvalue().decode("utf-8").split("\n")[:-1]:
        number, _, stored = line.partition("\t")
        sent, arrived = texts[int(number)], _ESCAPE.sub(lambda found: _CONTROLS.get(found[1], found[1]), stored)
        if not composition.keeps(sent, arrived):
            changed[sent] = arrived
    return changed


def refused_text(error: psycopg2.Error, texts: Sequence[str]) -> str | None:
    """Say which of the staged texts an error is about; None: that is not known."""
    found = _STAGED_LINE.search(error.diag.context or "")
    return texts[int(found[1]) - 1] if found is not None and 0 < int(found[1]) <= len(texts) else None
