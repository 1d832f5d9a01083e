"""Statements that prepare a session and give it back. Values only, no identifiers."""

from __future__ import annotations

from wdh.sql.operators import EQ, NE

SAVEPOINT = 'SAVEPOINT "wdh_call"'
RELEASE = 'RELEASE SAVEPOINT "wdh_call"'
UNDO = 'ROLLBACK TO SAVEPOINT "wdh_call"'
"""Takes back what the call wrote, the settings it made, and the locks it got."""

READ_SETTINGS = f"""
SELECT s.name, s.setting, s.reset_val FROM pg_catalog.pg_settings s
 WHERE s.source {EQ} 'session'"""
"""The settings made in this session: name, value, and the value it would have if nobody had set it."""

IS_READ_ONLY = f"SELECT pg_catalog.current_setting('transaction_read_only') {EQ} 'on'"


def put_settings(count: int) -> str:
    """Give ``count`` settings a value each, for the transaction: names and values are the parameters, by turns."""
    return "SELECT " + ", ".join(["pg_catalog.set_config(%s, %s, true)"] * count)


OWN_TYPES_FIRST = f"""
SELECT pg_catalog.set_config('search_path', COALESCE((
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(p.name::pg_catalog.text), ', ' ORDER BY p.place)
      FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS p (name, place)
     WHERE p.name {NE} 'pg_catalog'), ''), true)"""
"""Takes pg_catalog out of the search_path, for the transaction: PostgreSQL then looks there first.

For statements that create tables, whose types and defaults are written without a schema: named behind another schema,
pg_catalog would come second to a type ``text`` that anybody may have created there.
"""
