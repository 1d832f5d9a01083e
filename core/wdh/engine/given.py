"""Checks the arguments of the engine's functions before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, TypeGuard

from msgspec import Struct

from wdh.errors import SetupError
from wdh.facts.sendable import show_type
from wdh.sql.identifiers import Target, quote_ident, refuse_system_name
from wdh.words.language import say

GivenRow = Mapping[str, object]


class GivenRows(Struct, frozen=True):
    """Rows as tuples in the order of ``columns``, their values as they were given."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def name_target(schema: str | None, table: str) -> Target:
    """Name a table. Raises ValueError for a name that PostgreSQL would not take, SetupError for a table of its own."""
    target = Target(schema, table)
    _ = target.sql
    try:
        refuse_system_name(schema, table)
    except ValueError as error:
        raise SetupError(
            say("{target}: {error}. Nothing was touched.", target=target.sql, error=error), table=target.sql
        ) from error
    return target


def check_names(names: Sequence[str], argument: str) -> tuple[str, ...]:
    """Take a list of column names; a name that occurs twice counts once. Raises ValueError for anything else."""
    if not _is_list(names):
        raise ValueError(
            say("{argument} must be a list of column names, not {names}", argument=argument, names=_show(names))
        )
    taken = tuple(dict.fromkeys(names))
    for name in taken:
        quote_ident(name)
    return taken


def check_chunk_size(size: int) -> int:
    """Take the number of rows of a batch. Raises ValueError."""
    if not isinstance(size, int) or size < 1:
        raise ValueError(say("chunk_size must be at least 1, a whole number, not {size!r}", size=size))
    return size


def read_rows(rows: Sequence[GivenRow], *, first: Sequence[str]) -> GivenRows:
    """Read all columns: ``first``, then the others in order of appearance; one that a row lacks is None there.

    Raises ValueError for rows that are no list of mappings, or have no columns, and for names of columns that
    PostgreSQL would not take.
    """
    _check_rows(rows)
    columns, values = _read_alike(rows, first) or _read_each(rows, first)
    if rows and not columns:
        raise ValueError(say("the rows have no columns"))
    for name in columns:
        quote_ident(name)
    return GivenRows(columns, values)


def _check_rows(rows: Sequence[GivenRow]) -> None:
    if not _is_list(rows):
        raise ValueError(say("rows must be a list of mappings from column to value, not {rows}", rows=_show(rows)))
    strange = {kind for kind in set(map(type, rows)) if not issubclass(kind, Mapping)}
    if strange:
        number, row = next((number, row) for number, row in enumerate(rows) if type(row) in strange)
        raise ValueError(
            say("row {number} must be a mapping from column to value, not {row}", number=number, row=_show(row))
        )


def _is_list(given: object) -> TypeGuard[Sequence[Any]]:
    """Tell a list, a tuple or the like from a text, which is a sequence of characters, and from what is read once."""
    return isinstance(given, Sequence) and not isinstance(given, (str, bytes, bytearray, memoryview))


def _show(given: object) -> str:
    return "None" if given is None else show_type(given)


def _read_alike(
    rows: Sequence[GivenRow], first: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]] | None:
    """Read rows that all have the same columns, as is usual. None: they do not."""
    if {*map(type, rows)} != {dict}:
        return None
    columns = tuple(dict.fromkeys((*first, *rows[0])))
    if not columns or {*map(len, rows)} != {len(columns)}:
        return None
    try:
        return columns, pick(rows, columns)
    except KeyError:
        return None


def _read_each(
    rows: Sequence[GivenRow], first: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
    columns = tuple(dict.fromkeys(chain(first, chain.from_iterable(rows))))
    return columns, tuple(tuple(row.get(column) for column in columns) for row in rows)


def pick(rows: Sequence[Any], items: Sequence[Any]) -> tuple[tuple[Any, ...], ...]:
    """Give some items of each row, at least one."""
    found = map(itemgetter(*items), rows)
    return (*(zip(found, strict=True) if len(items) == 1 else found),)
