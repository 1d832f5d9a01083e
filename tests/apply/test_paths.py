"""Which way rows are inserted is decided from the catalogue, and ON CONFLICT is chosen only where it works."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from wdh.apply.catalogue import read_tables
from wdh.apply.look import choose_path
from wdh.sql.identifiers import Target

USABLE = {
    "unique constraint": "ALTER TABLE t ADD UNIQUE (a, b)",
    "primary key": "ALTER TABLE t ADD PRIMARY KEY (a, b)",
    "unique index": "CREATE UNIQUE INDEX ON t (a, b)",
    "other column order": "CREATE UNIQUE INDEX ON t (b, a)",
    "included column": "CREATE UNIQUE INDEX ON t (a, b) INCLUDE (v)",
    "C collation": 'CREATE UNIQUE INDEX ON t (a COLLATE "C", b)',
    "nulls not distinct": "CREATE UNIQUE INDEX ON t (a, b) NULLS NOT DISTINCT",
    "text_pattern_ops": "CREATE UNIQUE INDEX ON t (a text_pattern_ops, b)",
}
UNUSABLE = {
    "no index": "SELECT 1",
    "plain index": "CREATE INDEX ON t (a, b)",
    "partial": "CREATE UNIQUE INDEX ON t (a, b) WHERE v IS NOT NULL",
    "expression": "CREATE UNIQUE INDEX ON t (lower(a), b)",
    "fewer columns": "CREATE UNIQUE INDEX ON t (a)",
    "more columns": "CREATE UNIQUE INDEX ON t (a, b, v)",
    "deferrable": "ALTER TABLE t ADD UNIQUE (a, b) DEFERRABLE",
    "good and deferrable": "ALTER TABLE t ADD UNIQUE (a, b); ALTER TABLE t ADD UNIQUE (b, a) DEFERRABLE",
    "rule": "ALTER TABLE t ADD UNIQUE (a, b); CREATE RULE r AS ON INSERT TO t WHERE false DO INSTEAD NOTHING",
    "exclusion": "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =, b WITH =)",
}


@pytest.mark.parametrize("shape", [*USABLE, *UNUSABLE])
def test_on_conflict_is_chosen_exactly_where_postgresql_accepts_it(database: Any, shape: str) -> None:
    """PostgreSQL itself is asked afterwards: the statement with ON CONFLICT must work for every path chosen so."""
    database.execute("CREATE TABLE t (a text, b int, v text)")
    database.execute((USABLE | UNUSABLE)[shape])
    with database.connect() as connection, connection.cursor() as cursor:
        tables = read_tables(cursor, [Target("public", "t")])
        path = choose_path(cursor, tables[Target("public", "t")], key=("a", "b"))
        assert (path.arbiter is not None) == (shape in USABLE), str(path)
        try:
            cursor.execute("INSERT INTO t (a, b) VALUES ('x', 1) ON CONFLICT (a, b) DO NOTHING")
            cursor.execute("INSERT INTO t (a, b) VALUES ('x', 1) ON CONFLICT (a, b) DO NOTHING")
            accepted = cursor.rowcount == 0
        except psycopg2.Error:
            accepted = False
        connection.rollback()
    assert accepted or shape in UNUSABLE


def test_an_index_with_another_equality_is_not_relied_on(database: Any) -> None:
    """A case-insensitive index would silently drop 'a' beside 'A', which the column takes for two keys."""
    try:
        database.execute("CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg2.Error:
        pytest.skip("this PostgreSQL is built without ICU, so it has no collation with another equality")
    database.execute('CREATE TABLE t (a text); CREATE UNIQUE INDEX ON t (a COLLATE "ci")')
    with database.connect() as connection, connection.cursor() as cursor:
        table = read_tables(cursor, [Target("public", "t")])[Target("public", "t")]
        assert choose_path(cursor, table, key=("a",)).arbiter is None
