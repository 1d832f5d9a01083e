"""Tables of the warehouse in which values are looked up, and those that go on with mappings of a package's settings.

They are read once, before the rows of a run.
"""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from msgspec import Struct

from wdh.configuration.mapping_files import FROM_TABLE, NOTHING
from wdh.errors import SetupError
from wdh.facts.cells import CellValue
from wdh.settings import Computed, Domain, Lookup, MappingTable
from wdh.sql.identifiers import Target
from wdh.words.blanks import is_blank
from wdh.words.characters import squeeze
from wdh.words.language import say

Key = tuple[str, ...]
Found = Mapping[str, Mapping[Key, CellValue]]
"""The values that were read for each looked-up column, by the texts that they are looked up by."""

MOST_ROWS: Final = 1_000_000
"""Rows of a table that is read whole and kept in memory; 20,000 names are usual."""


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
    known = _read_known(setting, lookup, rows, lambda row: _cell_of(setting, lookup, row[-1]))
    return {key: each.value for key, each in known.items()}


def ask(setting: str, read: Callable[[], Sequence[Sequence[Any]]]) -> Sequence[Sequence[Any]]:
    """Ask for rows, and say of an error which setting wants them."""
    try:
        return read()
    except SetupError as error:
        told = fault(setting, error.message, **error.facts)
        raise told.quoting() if error.may_quote_values else told from error


def _read_known(
    setting: str, lookup: Lookup, rows: Sequence[Sequence[Any]], value_of: Callable[[Sequence[Any]], CellValue]
) -> Mapping[Key, Known]:
    """Read the values of a table's rows; one with a blank key, or without a value, says nothing.

    Raises SetupError where two rows have one key, and different values.
    """
    known: dict[Key, Known] = {}
    for row in rows:
        if any(map(is_blank, row[:-1])) or (value := value_of(row)) is None:
            continue
        other = known.setdefault(tuple(map(_key_of, row[:-1])), Known(value, tuple(row)))
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


def _key_of(value: object) -> str:
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


def _cell_of(setting: str, lookup: Lookup, value: object) -> CellValue:
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


def complete_mappings(domain: Domain, reader: Rows) -> Mapping[str, Any]:
    """Give the settings of a domain with the rows of its tables in their mappings, whose own entries win.

    Raises SetupError where a table has two values for a key, or a text that stands for nothing.
    """
    settings = domain.settings
    for table in domain.tables:
        settings = _complete(settings, table.path, _read_table(table, reader))
    return settings


def _complete(settings: Mapping[str, Any], path: Sequence[str], more: Mapping[str, str]) -> Mapping[str, Any]:
    if path:
        return {**settings, path[0]: _complete(settings[path[0]], path[1:], more)}
    own = set(map(squeeze, settings))
    return {**{key: value for key, value in more.items() if squeeze(key) not in own}, **settings}


def _read_table(table: MappingTable, reader: Rows) -> Mapping[str, str]:
    """Read a table in the order of its keys, whatever that of its rows is; a number is the text that a cell shows."""
    setting, lookup = ".".join((*table.path, FROM_TABLE)), table.lookup

    def value_of(row: Sequence[Any]) -> str | None:
        _cell_of(setting, lookup, row[1])
        key, text = map(_text, row)
        if is_blank(text) or (table.provisional and fnmatch.fnmatchcase(text, table.provisional)):
            return None
        if NOTHING.fullmatch(key) or NOTHING.fullmatch(text):
            raise fault(
                setting,
                say(
                    "{sql} has a text that stands for nothing, so no row of a sheet can mean it, in the row "
                    "{row}. Correct the table, or name a view without the row. Nothing was touched.",
                    sql=lookup.target.sql,
                    row=show(lookup, row),
                ),
                table=lookup.target.sql,
            ).quoting()
        return text

    rows = ask(setting, lambda: reader.rows(lookup.target, (*lookup.by, lookup.value), most=MOST_ROWS))
    known = _read_known(setting, lookup, rows, value_of)
    return dict(sorted((_text(each.row[0]), str(each.value)) for each in known.values()))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else _key_of(value)
