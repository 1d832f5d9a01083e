"""Tables of the warehouse that go on with mappings of a package's settings, read once before the rows of a run."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wdh.computing.lookups import Rows, ask, cell_of, fault, key_of, read_known, show
from wdh.configuration.mapping_files import FROM_TABLE, NOTHING
from wdh.settings import Domain, MappingTable
from wdh.words.blanks import is_blank
from wdh.words.characters import squeeze
from wdh.words.language import say

MOST_ROWS: Final = 1_000_000
"""Rows of a table that is read whole and kept in memory; 20,000 names are usual."""


def complete_mappings(domain: Domain, reader: Rows) -> Mapping[str, Any]:
    """Give the settings of a domain with the rows of its tables in their mappings, whose own entries win.

    Raises SetupError where a table has two values for a key, or a text that stands for nothing.
    """
    settings = domain.settings
    for table in domain.tables:
        settings = _complete(settings, table.path, _read(table, reader))
    return settings


def _complete(settings: Mapping[str, Any], path: Sequence[str], more: Mapping[str, str]) -> Mapping[str, Any]:
    if path:
        return {**settings, path[0]: _complete(settings[path[0]], path[1:], more)}
    own = set(map(squeeze, settings))
    return {**{key: value for key, value in more.items() if squeeze(key) not in own}, **settings}


def _read(table: MappingTable, reader: Rows) -> Mapping[str, str]:
    """Read a table in the order of its keys, whatever that of its rows is; a number is the text that a cell shows."""
    setting, lookup = ".".join((*table.path, FROM_TABLE)), table.lookup

    def value_of(row: Sequence[Any]) -> str | None:
        cell_of(setting, lookup, row[1])
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
    known = read_known(setting, lookup, rows, value_of)
    return dict(sorted((_text(each.row[0]), str(each.value)) for each in known.values()))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else key_of(value)
