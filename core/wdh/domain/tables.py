"""The tables that hold what columns and references say: a type for each column, a key for each reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wdh.columns import Column, Columns
from wdh.errors import SetupError
from wdh.references.picks import PICKS
from wdh.settings import ColumnRule, Reference
from wdh.sql.tables import Table

_IDENTITY = "id"


def describe_tables(columns: Columns, refs: Iterable[Reference]) -> Mapping[str, Table]:
    """Describe the table of the facts, as ``facts``, and one for each reference, by its name.

    Types follow the kinds of ``columns``; the types of a reference, those of the fact columns that its rules read.
    Every reference has a unique key. A table has an identity column ``id``, unless it has a column of that name.
    Raises SetupError where a rule reads a column that ``columns`` lack: nobody here knows its type then.
    """
    by_name = {column.name: column for column in columns}
    facts = {name: column.sql_type + _not_null(column) for name, column in by_name.items()}
    return {"facts": _table(facts), **{ref.name: _describe(ref, by_name) for ref in refs}}


def _describe(reference: Reference, columns: Mapping[str, Column]) -> Table:
    types = {rule.column: _type_of(rule, columns, reference=reference) for rule in reference.columns}
    keyed = {name: f"{kind} NOT NULL" if name in reference.key else kind for name, kind in types.items()}
    return _table(keyed, key=reference.key)


def _table(columns: Mapping[str, str], *, key: tuple[str, ...] = ()) -> Table:
    identity = None if _IDENTITY in columns else _IDENTITY
    return Table(columns, identity=identity, unique=(key,) if key else ())


def _type_of(rule: ColumnRule, columns: Mapping[str, Column], *, reference: Reference) -> str:
    source = rule.source
    if source is not None and source not in columns:
        raise SetupError(
            f"refs.{reference.name}: the column {rule.column} comes from {source}, of which nobody says what it is "
            f"like; the columns described are {', '.join(columns)}. Describe the tables yourself (provide_tables).",
            ref=reference.name,
            column=source,
        )
    return PICKS[rule.pick].sql_type(rule, None if source is None else columns[source].sql_type)


def _not_null(column: Column) -> str:
    return " NOT NULL" if column.is_required or column.default is not None else ""
