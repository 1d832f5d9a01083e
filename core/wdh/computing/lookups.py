"""Tables of the warehouse in which values are looked up, read once before the rows of a run."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from wdh.errors import SetupError
from wdh.facts.cells import CellValue
from wdh.settings import Computed, Domain, Lookup
from wdh.sql.identifiers import Target
from wdh.words.blanks import is_blank
from wdh.words.characters import squeeze
from wdh.words.language import say

Key = tuple[str, ...]
Found = Mapping[str, Mapping[Key, CellValue]]
"""The values that were read for each looked-up column, by the texts that they are looked up by."""


class Rows(Protocol):
    """Something that reads columns of a table's rows."""

    def rows(self, target: Target, columns: Sequence[str], /, *, most: int | None = None) -> Sequence[Sequence[Any]]:
        """Read all rows, in any order. Raises SetupError where there is no such table or column, or more than most."""


class Known(Struct, frozen=True):
    """A value, and the row of the table that has it."""

    value: CellValue
    row: tuple[object, ...]


def look_up(domain: Domain, reader: Rows) -> Found:
    """Read the tables of a domain's lookups. Raises SetupError where one has two values for a key."""
    return {each.column: _read(each, each.lookup, reader) for each in domain.computed if each.lookup is not None}


def _read(computed: Computed, lookup: Lookup, reader: Rows) -> Mapping[Key, CellValue]:
    setting, columns = f"computed.{computed.column}", (*lookup.by, lookup.value)
    rows = ask(setting, lambda: reader.rows(lookup.target, columns))
    known = read_known(setting, lookup, rows, lambda row: cell_of(setting, lookup, row[-1]))
    return {key: each.value for key, each in known.items()}


def ask(setting: str, read: Callable[[], Sequence[Sequence[Any]]]) -> Sequence[Sequence[Any]]:
    """Ask for rows, and say of an error which setting wants them."""
    try:
        return read()
    except SetupError as error:
        told = fault(setting, error.message, **error.facts)
        raise told.quoting() if error.may_quote_values else told from error


def read_known(
    setting: str, lookup: Lookup, rows: Sequence[Sequence[Any]], value_of: Callable[[Sequence[Any]], CellValue]
) -> Mapping[Key, Known]:
    """Read the values of a table's rows; one with a blank key, or without a value, says nothing.

    Raises SetupError where two rows have one key, and different values.
    """
    known: dict[Key, Known] = {}
    for row in rows:
        if any(map(is_blank, row[:-1])) or (value := value_of(row)) is None:
            continue
        other = known.setdefault(tuple(map(key_of, row[:-1])), Known(value, tuple(row)))
        if other.value != value:
            raise fault(
                setting,
                say(
                    "{sql} has two values in {value} for one key, in the rows {first} and {second}. Correct "
                    "the table, or look up by further columns. Nothing was touched.",
                    sql=lookup.target.sql,
                    value=lookup.value,
                    first=show(lookup, other.row),
                    second=show(lookup, row),
                ),
                table=lookup.target.sql,
            ).quoting()
    return known


def fault(setting: str, sentence: str, **facts: object) -> SetupError:
    """Make an error about what a setting of the domain asks the warehouse."""
    return SetupError(say("{setting}: {sentence}", setting=setting, sentence=sentence), **{**facts, "setting": setting})


def show(lookup: Lookup, row: Sequence[object]) -> str:
    """Show a row with the names of its columns."""
    names = (*lookup.by, lookup.value)
    return "(" + ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) + ")"


def key_of(value: object) -> str:
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


def cell_of(setting: str, lookup: Lookup, value: object) -> CellValue:
    """Give a value of a table as a cell of a sheet has it. Raises SetupError where no cell can."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if value is None or (
        isinstance(value, (str, int, float, datetime.date)) and getattr(value, "tzinfo", None) is None
    ):
        return value
    raise fault(
        setting,
        say(
            "{sql} has in {value} what no cell of a sheet can hold, as bytes, lists, durations and moments "
            "with a time zone are. Look up a column of text, numbers or dates. Nothing was touched.",
            sql=lookup.target.sql,
            value=lookup.value,
        ),
        table=lookup.target.sql,
    )
