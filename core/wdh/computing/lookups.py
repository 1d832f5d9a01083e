"""Tables of the warehouse in which values are looked up, read once before the rows of a run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from wdh.columns.characters import squeeze
from wdh.errors import SetupError
from wdh.facts.cells import CellValue
from wdh.settings import Computed, Domain, Lookup
from wdh.sql.identifiers import Target
from wdh.words.blanks import is_blank

Key = tuple[str, ...]
Found = Mapping[str, Mapping[Key, CellValue]]
"""The values that were read for each looked-up column, by the texts that they are looked up by."""


class Rows(Protocol):
    """Something that reads columns of a table's rows."""

    def rows(self, target: Target, columns: Sequence[str], /) -> Sequence[Sequence[Any]]:
        """Read all rows, in any order. Raises SetupError where there is no such table or column."""


class _Known(Struct, frozen=True):
    value: CellValue
    shown: tuple[object, ...]


def look_up(domain: Domain, reader: Rows) -> Found:
    """Read the tables of a domain's lookups. Raises SetupError where one has two values for a key."""
    return {each.column: _read(each, each.lookup, reader) for each in domain.computed if each.lookup is not None}


def _read(computed: Computed, lookup: Lookup, reader: Rows) -> Mapping[Key, CellValue]:
    """Read a table; rows with a blank key, or without a value, say nothing."""
    known: dict[Key, _Known] = {}
    for row in _ask(computed, lookup, reader):
        *parts, written = row
        if written is None or any(map(is_blank, parts)):
            continue
        key, value = tuple(map(_key, parts)), _cell(written, computed, lookup)
        other = known.setdefault(key, _Known(value, tuple(row)))
        if other.value != value:
            raise _fault(
                computed,
                f"{lookup.target.sql} has two values in {lookup.value} for one key, in the rows "
                f"{_show(lookup, other.shown)} and {_show(lookup, row)}. Correct the table, or look up by further "
                "columns. Nothing was touched.",
                table=lookup.target.sql,
            ).quoting()
    return {key: each.value for key, each in known.items()}


def _ask(computed: Computed, lookup: Lookup, reader: Rows) -> Sequence[Sequence[Any]]:
    """Ask for the rows, and say of an error which column wants them."""
    try:
        return reader.rows(lookup.target, (*lookup.by, lookup.value))
    except SetupError as error:
        told = _fault(computed, error.message, **error.facts)
        raise told.quoting() if error.may_quote_values else told from error


def _fault(computed: Computed, sentence: str, **facts: object) -> SetupError:
    setting = f"computed.{computed.column}"
    return SetupError(f"{setting}: {sentence}", **{**facts, "setting": setting})


def _show(lookup: Lookup, row: Sequence[object]) -> str:
    names = (*lookup.by, lookup.value)
    return "(" + ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) + ")"


def _key(value: object) -> str:
    """Write a value as the key of a cell that holds the same: 7.0 as 7, a midnight as its day."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, datetime.datetime) and value == datetime.datetime.combine(value, datetime.time()):
        value = value.date()
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, bool):
        return str(value).upper()
    return squeeze(str(value))


def _cell(value: object, computed: Computed, lookup: Lookup) -> CellValue:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (str, int, float, datetime.date)) and getattr(value, "tzinfo", None) is None:
        return value
    raise _fault(
        computed,
        f"{lookup.target.sql} has in {lookup.value} what no cell of a sheet can hold, as bytes, lists, durations and "
        "moments with a time zone are. Look up a column of text, numbers or dates. Nothing was touched.",
        table=lookup.target.sql,
    )
