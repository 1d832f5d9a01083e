"""Reference rows that a run inserted and to which no fact refers."""

from __future__ import annotations

from msgspec import Struct

from wdh.apply.catalogue import WarehouseTable, read_tables
from wdh.settings import Domain, Reference
from wdh.sql import ledger
from wdh.sql.driver import Cursor
from wdh.sql.operators import Equality
from wdh.sql.statements import unreferenced_rows
from wdh.words.language import say

_TEXTS = frozenset(("text", "varchar"))


class Unreferenced(Struct, frozen=True):
    """The rows of a reference to which no fact refers: their number, and the ``keys`` of the first, as text.

    ``why_not``: why that cannot be told; None: it is.
    """

    reference: str
    table: str
    rows: int = 0
    keys: tuple[tuple[str | None, ...], ...] = ()
    why_not: str | None = None


def find_unreferenced(cursor: Cursor, domain: Domain, run_id: str) -> tuple[Unreferenced, ...]:
    """Ask of each reference that says which run inserted a row. Raises psycopg2.Error."""
    stamped = [reference for reference in domain.refs if reference.created_by_run is not None]
    if not stamped:
        return ()
    tables = read_tables(cursor, [domain.facts, *(reference.target for reference in stamped)])
    cursor.execute(ledger.TELL, (["run_id"], [run_id]))
    facts = tables.get(domain.facts)
    return tuple(_ask(cursor, reference, tables.get(reference.target), facts) for reference in stamped)


def _ask(
    cursor: Cursor, reference: Reference, table: WarehouseTable | None, facts: WarehouseTable | None
) -> Unreferenced:
    named, column = reference.target.sql, reference.created_by_run
    if table is None or facts is None or column is None or column not in table.columns:
        return Unreferenced(
            reference.name, named, why_not=say("a table is not there, or has no column {column}", column=column)
        )
    sources = {}
    for rule in reference.columns:
        if rule.column in reference.key and rule.source is not None:
            how = _compare(facts, rule.source, table, rule.column)
            if how is None:
                return Unreferenced(
                    reference.name,
                    named,
                    why_not=say("{column} and {source} are not of one type", column=rule.column, source=rule.source),
                )
            sources[rule.column] = (rule.source, how)
    if not sources:
        return Unreferenced(reference.name, named, why_not=say("its key does not come from the facts"))
    cursor.execute(unreferenced_rows(table.place, facts.place, key=reference.key, created_by=column, sources=sources))
    found = cursor.fetchall()
    return Unreferenced(reference.name, named, found[0][0] if found else 0, tuple(tuple(key) for _, *key in found))


def _compare(facts: WarehouseTable, source: str, table: WarehouseTable, column: str) -> Equality | None:
    """Say how a fact column is compared with that of a key; None: they are of different types, or not there."""
    one, other = facts.columns.get(source), table.columns.get(column)
    if one is None or other is None:
        return None
    is_same = (one.schema, one.name) == (other.schema, other.name) or {one.known, other.known} <= _TEXTS
    return table.equalities.get(column) if is_same else None
