"""A warehouse for a test: real tables on the tests' PostgreSQL, and the reader by which a plugin asks them."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from wdh.apply import DEFAULT_LOCK_TIMEOUT
from wdh.apply.reading import WarehouseReader
from wdh.sql.identifiers import Target
from wdh.sql.statements import copy_rows
from wdh.sql.tables import Table, create_tables
from wdh.testing.rows import facts_of
from wdh.testing.workbench import current_workbench

if TYPE_CHECKING:
    from wdh.facts.spool import FactRows
    from wdh.testing.database import Database

Tables = Mapping[Target, Sequence[Mapping[str, object]] | Table]
"""The tables of a warehouse: the rows of each, or, of one without rows, its description."""

_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    int: "bigint",
    float: "double precision",
    Decimal: "numeric",
    datetime.date: "date",
    str: "text",
}


def fake_warehouse(tables: Tables) -> WarehouseReader:
    """Give a reader like that of ``skip_facts``, which asks a real PostgreSQL with just these tables.

    ::

        warehouse = fake_warehouse({Target("public", "cost_centres"): [{"code": "4711", "closed": True}]})

    The types of columns follow the values: str text, int bigint, float double precision, Decimal numeric, bool, date,
    datetime timestamp (with its time zone where it has one). A table without rows, or with other types, is a
    :class:`wdh.Table`. The tables stand in a database of their own, and are gone when the test is over. Call it in a
    test, or in a fixture of one. Raises TypeError and ValueError for rows that no table can hold; SetupError where
    there is no server (``WDH_TEST_DSN``), and outside a run of pytest.
    """
    return read_warehouse(current_workbench().fresh_database(), tables)


def read_warehouse(database: Database, tables: Tables) -> WarehouseReader:
    """Make the tables in ``database``, and give a reader of it."""
    fill_database(database, tables)
    return WarehouseReader(lambda: closing(database.connect()), lock_timeout=DEFAULT_LOCK_TIMEOUT)


def fill_database(database: Database, tables: Tables) -> None:
    """Make the tables with their rows. Raises as :func:`fake_warehouse`."""
    rows = {target: facts_of(made) for target, made in tables.items() if not isinstance(made, Table)}
    described = {
        target: made if isinstance(made, Table) else _describe(target, made, rows[target])
        for target, made in tables.items()
    }
    for statement in create_tables(described):
        database.execute(statement)
    with closing(database.connect()) as connection, connection.cursor() as cursor:
        for target, facts in rows.items():
            cursor.copy_expert(copy_rows(target, facts.columns), io.BytesIO(b"".join(facts.chunks())))
        connection.commit()


def _describe(target: Target, rows: Sequence[Mapping[str, object]], facts: FactRows) -> Table:
    if not facts.columns:
        raise ValueError(
            f"{target.sql} has no rows, so that its columns are not known; give wdh.Table({{column: type}})"
        )
    return Table({name: _find_type(target, name, [row.get(name) for row in rows]) for name in facts.columns})


def _find_type(target: Target, name: str, values: Sequence[object]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if datetime.datetime in kinds:
        has_zone = any(isinstance(value, datetime.datetime) and value.tzinfo is not None for value in values)
        return "timestamptz" if has_zone else "timestamp"
    if len(kinds) > 1 and kinds <= {int, float, Decimal}:
        return "numeric"
    if len(kinds) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"{target.sql} has {names} in {name!r}; a column of a table has values of one type")
    return _TYPES[kinds.pop()] if kinds else "text"


def list_contents(database: Database) -> Mapping[str, Sequence[str]]:
    """List the rows of every table in ``database`` that is not PostgreSQL's own, in some order that is always the same.

    A table appears under its name, with its schema.
    """
    found = database.rows(_OWN_TABLES)
    targets = [Target(schema, table) for schema, table in found]
    return {target.sql: sorted(str(row) for row in database.rows(f"TABLE {target.sql}")) for target in targets}


_OWN_TABLES: Final = """
SELECT schemaname, tablename FROM pg_catalog.pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
