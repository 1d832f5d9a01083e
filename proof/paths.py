"""ON CONFLICT is chosen only where PostgreSQL accepts it and means by it what the column means."""

from __future__ import annotations

from random import Random

import psycopg2
from experiment import Finding, Place

from wdh.apply.catalogue import read_tables
from wdh.apply.look import choose_path
from wdh.sql.identifiers import Target

COLUMNS = ("a", "b", "c")
KEY = ("a", "b")


def prove_paths(place: Place, *, tables: int, seed: int) -> Finding:
    """Make random tables with up to three random indexes, choose the path, and let PostgreSQL try it."""
    random = Random(seed)
    chosen = losses = cautious = 0
    with place.connect() as connection, connection.cursor() as cursor:
        for _ in range(tables):
            cursor.execute('CREATE TABLE t (a text COLLATE "C", b int, c text)')
            for _ in range(random.randint(0, 3)):
                cursor.execute("SAVEPOINT s")
                try:
                    cursor.execute(random_index(random))
                except psycopg2.Error:
                    cursor.execute("ROLLBACK TO s")
            table = read_tables(cursor, [Target("public", "t")])[Target("public", "t")]
            relied = choose_path(cursor, table, key=KEY).arbiter is not None
            accepted = _try(cursor)
            chosen += relied
            losses += relied and not accepted
            cautious += accepted and not relied
            connection.rollback()
    remark = f"ON CONFLICT {chosen} times; the lock {cautious} times where PostgreSQL would have accepted"
    return Finding("4, 7: the path is decided before any row", "random tables and indexes", tables, 0, losses, remark)


def _try(cursor: psycopg2.extensions.cursor) -> bool:
    cursor.execute("SAVEPOINT try")
    try:
        counts = []
        for _ in range(2):
            cursor.execute("INSERT INTO t (a, b) VALUES ('x', 1) ON CONFLICT (a, b) DO NOTHING")
            counts.append(cursor.rowcount)
        cursor.execute("INSERT INTO t (a, b, c) VALUES ('y', 2, 'z') ON CONFLICT (a, b) DO NOTHING")
        return [*counts, cursor.rowcount] == [1, 0, 1]
    except psycopg2.Error:
        cursor.execute("ROLLBACK TO try")
        return False


def random_index(random: Random) -> str:
    """Write one random index or constraint on the table t."""
    columns = random.sample(COLUMNS, random.choice((1, 2, 2, 2, 3)))
    kind = random.choice(("unique", "unique", "partial", "expression", "include", "plain", "constraint", "deferrable"))
    names = ", ".join(columns)
    if kind in ("constraint", "deferrable"):
        nulls = random.choice(("", "NULLS NOT DISTINCT ")) if random.random() < 0.5 else ""
        return f"ALTER TABLE t ADD UNIQUE {nulls}({names})" + (" DEFERRABLE" if kind == "deferrable" else "")
    if kind == "expression":
        return f"CREATE UNIQUE INDEX ON t (lower(a), {columns[0]})"
    unique = "" if kind == "plain" else "UNIQUE "
    tail = (
        " WHERE c IS NULL" if kind == "partial" else " INCLUDE (c)" if kind == "include" and "c" not in columns else ""
    )
    collated = ", ".join(
        f'{name} COLLATE "{random.choice(("C", "default"))}"' if name == "a" else name for name in columns
    )
    return f"CREATE {unique}INDEX ON t ({collated}){tail}"
