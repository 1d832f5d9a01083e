"""The statements of an apply, as text. No values: rows travel by COPY into a stage or straight into the target.

The *stage* is a temporary table with the target's own types and collations, columns ``c0, c1 …`` in the order of the
step's columns and ``rn``, the row's number. It lives as long as its step.
"""

from __future__ import annotations

from collections.abc import Sequence

from wdh.sql.identifiers import Target, quote_ident, quote_list

SETTINGS = """
SELECT pg_catalog.set_config('search_path',
           concat_ws(',', nullif(nullif(current_setting('search_path'), ''), '""'), 'pg_temp'), true),
       pg_catalog.set_config('lock_timeout', %s, true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('datestyle', 'ISO, YMD', true),
       CASE WHEN pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < pg_catalog.pg_size_bytes('32MB')
            THEN pg_catalog.set_config('work_mem', '32MB', true) END,
       pg_catalog.current_setting('transaction_isolation'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')"""
"""pg_temp is searched last, so that no temporary table stands in for a target; row security must not hide rows.

With less memory than this, PostgreSQL looks half a million keys up one by one, and sorts through files.
"""

NOTICE_LOST_CLIENTS = """
SELECT pg_catalog.set_config(name, '500ms', true) FROM pg_catalog.pg_settings
 WHERE name = 'client_connection_check_interval' AND pg_catalog.version() LIKE '%linux%'"""
"""Let the server notice within a statement that its client has gone, so that locks do not outlive it."""

STAGE_NAME = "wdh_stage"
STAGE = f'pg_temp."{STAGE_NAME}"'
"""The one stage; named with its schema, so that no table of the warehouse can stand in for it."""

_FROM_STDIN = "FROM STDIN (ENCODING 'UTF8')"  # as the text is, whatever the encoding of a caller's connection

DROP_STAGE = f"DROP TABLE {STAGE}"

SAVEPOINT = 'SAVEPOINT "wdh_step"'
RELEASE = 'RELEASE SAVEPOINT "wdh_step"'
BACK_TO_SAVEPOINT = 'ROLLBACK TO SAVEPOINT "wdh_step"'
"""Around each staged step, so that the server can be asked which of its rows it refuses."""

SAVEPOINT_CALL = 'SAVEPOINT "wdh_call"'
BACK_TO_CALL = 'ROLLBACK TO SAVEPOINT "wdh_call"'
"""Around the steps of a function that works in somebody else's transaction."""

CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
"""Brings the errors of deferred constraints forward, to before COMMIT."""


def lock_tables(targets: Sequence[Target]) -> str:
    """Lock every target against other writers, readers go on. The order must be the same for every run."""
    return f"LOCK TABLE {', '.join(target.sql for target in targets)} IN SHARE ROW EXCLUSIVE MODE"


def create_stage(target: Target, columns: Sequence[str]) -> str:
    """Make a stage with the target's types, no rows, no constraints."""
    columns_sql = ", ".join(f't.{quote_ident(column)} AS "c{place}"' for place, column in enumerate(columns))
    return (
        'CREATE TEMP TABLE "wdh_stage" ON COMMIT DROP AS\n'
        f'SELECT {columns_sql}, 0::bigint AS "rn"\n'
        f"  FROM {target.sql} t WITH NO DATA"
    )


def copy_stage(columns: Sequence[str]) -> str:
    """Fill a stage by COPY: the values, then the row's number."""
    names = ", ".join(f'"c{place}"' for place in range(len(columns)))
    return f'COPY {STAGE} ({names}, "rn") {_FROM_STDIN}'


def repeated_keys(key: Sequence[str], columns: Sequence[str]) -> str:
    """Find candidates that PostgreSQL takes for the same key though their text differs: numbers of two of them."""
    key_sql = ", ".join(f'"c{columns.index(column)}"' for column in key)
    return f'SELECT min("rn"), max("rn") FROM {STAGE} GROUP BY {key_sql} HAVING count(*) > 1 LIMIT 20'


def known_keys(target: Target, key: Sequence[str]) -> str:
    """Ask which staged keys the target has: their numbers. The stage holds the key alone."""
    return f'SELECT s."rn" FROM {STAGE} s WHERE EXISTS (SELECT 1 FROM {target.sql} d WHERE {_same_key(key)})'


def empty_cells(target: Target, key: Sequence[str], column: str) -> str:
    """Ask for which staged keys a column of the target is NULL: their numbers. The stage holds the key alone."""
    return (
        f'SELECT DISTINCT s."rn" FROM {STAGE} s JOIN {target.sql} d ON {_same_key(key)} '
        f"WHERE d.{quote_ident(column)} IS NULL"
    )


def _same_key(key: Sequence[str]) -> str:
    return " AND ".join(f'd.{quote_ident(column)} = s."c{place}"' for place, column in enumerate(key))


def insert_missing(target: Target, *, key: Sequence[str], columns: Sequence[str], on_conflict: bool) -> str:
    """Insert the candidates whose key the target does not have.

    The anti-join keeps identity values from being used up; the order keeps two runs from deadlocking. With
    ``on_conflict`` a key that appears in between is left alone by name of its columns, which needs a unique index on
    exactly these; without, the table lock alone keeps others away.
    """
    places = {column: f's."c{place}"' for place, column in enumerate(columns)}
    key_sql = " AND ".join(f"d.{quote_ident(column)} = {places[column]}" for column in key)
    conflict = f"\nON CONFLICT ({quote_list(tuple(key))}) DO NOTHING" if on_conflict else ""
    return (
        f"INSERT INTO {target.sql} ({quote_list(tuple(columns))})\n"
        f"SELECT {', '.join(places.values())}\n"
        f"  FROM {STAGE} s\n"
        f" WHERE NOT EXISTS (SELECT 1 FROM {target.sql} d WHERE {key_sql})\n"
        f" ORDER BY {', '.join(places[column] for column in key)}{conflict}"
    )


def fill_null_only(target: Target, *, key: Sequence[str], columns: Sequence[str]) -> str:
    """Fill the columns that are NULL in the target and not NULL in the candidate; whatever is there stays.

    ``columns`` are the stage's: the key first, then what may be filled. The NULL test is in the WHERE of the UPDATE
    itself, where PostgreSQL looks again after waiting for another writer.
    """
    places = {column: f's."c{place}"' for place, column in enumerate(columns)}
    filled = [column for column in columns if column not in key]
    sets = ",\n       ".join(f"{quote_ident(c)} = coalesce(d.{quote_ident(c)}, {places[c]})" for c in filled)
    keys = " AND ".join(f"d.{quote_ident(column)} = {places[column]}" for column in key)
    gaps = "\n        OR ".join(f"(d.{quote_ident(c)} IS NULL AND {places[c]} IS NOT NULL)" for c in filled)
    return f"UPDATE {target.sql} d\n   SET {sets}\n  FROM {STAGE} s\n WHERE {keys}\n   AND ({gaps})"


def delete_scope(target: Target, *, columns: Sequence[str]) -> str:
    """Delete all rows of the staged scopes."""
    return f"DELETE FROM {target.sql} d\n USING {STAGE} s\n WHERE {_same_key(columns)}"


def any_row(target: Target) -> str:
    """Ask whether a table holds anything."""
    return f"SELECT EXISTS (SELECT 1 FROM {target.sql})"


def count_rows(target: Target) -> str:
    """Count the rows of a table."""
    return f"SELECT count(*) FROM {target.sql}"


READING = """
SELECT pg_catalog.set_config('row_security', 'off', true), pg_catalog.set_config('lock_timeout', %s, true)"""
"""Begins a transaction that only reads: row security must not hide rows, and no lock is waited for too long."""


def select_rows(target: Target, columns: Sequence[str], *, equal: Sequence[str] = (), null: Sequence[str] = ()) -> str:
    """Read ``columns`` of the rows in which each of ``equal`` has the value given for it, and each of ``null`` none.

    The one statement with placeholders beside names: with ``equal``, every % of a name is doubled for psycopg2.
    """
    text = f"SELECT {quote_list(tuple(columns), prefix='t.')}\n  FROM {target.sql} t"
    tests = [f"t.{quote_ident(column)} IS NULL" for column in null]
    if equal:
        text = text.replace("%", "%%")
        tests = [test.replace("%", "%%") for test in tests]
        tests += [f"t.{quote_ident(column)}".replace("%", "%%") + " = %s" for column in equal]
    return text + ("\n WHERE " + " AND ".join(tests) if tests else "")


def insert_rows(target: Target, *, columns: Sequence[str]) -> str:
    """Insert all staged rows, in their order."""
    places = ", ".join(f's."c{place}"' for place in range(len(columns)))
    return (
        f'INSERT INTO {target.sql} ({quote_list(tuple(columns))})\nSELECT {places}\n  FROM {STAGE} s\n ORDER BY s."rn"'
    )


def copy_rows(target: Target, columns: Sequence[str]) -> str:
    """Send rows straight into the target by COPY."""
    return f"COPY {target.sql} ({quote_list(tuple(columns))}) {_FROM_STDIN}"


def rows_as_text(target: Target, columns: Sequence[str]) -> str:
    """Read some columns of every row, each value as PostgreSQL writes it."""
    shown = ", ".join(f"{quote_ident(column)}::text" for column in columns)
    return f"SELECT {shown} FROM {target.sql}"
