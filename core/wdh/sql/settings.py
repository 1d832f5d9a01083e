"""The settings of a session: how inputs are read, which privileges apply, and the time limits.

Those of an apply are set for the transaction alone; a session that belongs to the caller is given back as it was. The
search_path stays as it is: triggers, defaults and generated columns of the warehouse need the path they have always
had, and no statement of wdh depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from wdh.sql.operators import EQ, GT, LT, NE

PINNED: Mapping[str, str] = {
    "array_nulls": "on",
    "bytea_output": "hex",
    "datestyle": "ISO, YMD",
    "extra_float_digits": "1",
    "gin_fuzzy_search_limit": "0",
    "intervalstyle": "postgres",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "row_security": "off",
    "standard_conforming_strings": "on",
    "timezone_abbreviations": "Default",
    "transform_null_equals": "off",
    "xmloption": "content",
}
"""Settings that decide how a text is read, how a value is written, or which rows a statement sees, and their values.

Client variables (PGDATESTYLE, PGOPTIONS …), roles and databases may set each of them. Their meaning:
https://www.postgresql.org/docs/current/runtime-config-client.html"""

_PINS = ",\n       ".join(f"pg_catalog.set_config('{name}', '{value}', true)" for name, value in PINNED.items())

PIN = f"""
SELECT {_PINS},
       pg_catalog.set_config('lock_timeout', %(lock_timeout)s, true),
       CASE WHEN pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem'))
                 {LT} pg_catalog.pg_size_bytes('32MB')
            THEN pg_catalog.set_config('work_mem', '32MB', true) END"""
"""With less memory than this, PostgreSQL looks half a million keys up one by one, and sorts through files."""

TIME_ZONE = "SELECT pg_catalog.set_config('timezone', %s, true)"
"""Let dates and times without a zone be those of this place."""

SESSION = """
SELECT pg_catalog.current_setting('transaction_isolation'),
       pg_catalog.current_setting('session_replication_role'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY'),
       pg_catalog.quote_ident(pg_catalog.current_database()::pg_catalog.text)"""
"""The properties of a transaction: its isolation, whether triggers and foreign keys fire, whether it may stage."""

FIRE_TRIGGERS = "SELECT pg_catalog.set_config('session_replication_role', 'origin', true)"
"""Let triggers and foreign keys fire, which a session with the role ``replica`` passes over."""

NOTICE_LOST_CLIENTS = f"""
SELECT pg_catalog.set_config(s.name, '500ms', true) FROM pg_catalog.pg_settings s
 WHERE s.name {EQ} 'client_connection_check_interval'
   AND pg_catalog.strpos(pg_catalog.version(), 'linux') {GT} 0"""
"""Let the server notice within a statement that its client has gone, so that locks do not outlive it."""

STATE = f"""
SELECT s.name, s.setting FROM pg_catalog.pg_settings s
 WHERE pg_catalog.lower(s.name) {EQ} ANY (%(names)s::pg_catalog.text[])
UNION ALL SELECT 'the role', current_user::pg_catalog.text
UNION ALL SELECT 'the session''s role', session_user::pg_catalog.text
UNION ALL SELECT 'the transaction', pg_catalog.pg_current_xact_id()::pg_catalog.text"""
"""The state that a statement of a domain must keep: settings by name, the roles, and the transaction."""

KEPT = (*PINNED, "lock_timeout", "search_path", "session_replication_role", "timezone", "transaction_read_only")
"""The settings that a statement of a domain must leave as they are."""

READING = f"""
SELECT {_PINS},
       pg_catalog.set_config('lock_timeout', %s, true)"""
"""Begins a transaction that only reads."""

WATCH_LINE = f"""
SELECT pg_catalog.set_config(s.name, w.value, true)
  FROM pg_catalog.pg_settings s
  JOIN (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
               ('tcp_user_timeout', '60000')) w (name, value)
    ON s.name {EQ} w.name
 WHERE s.source {EQ} 'default'"""
"""Notice within a minute that the client does not answer any more; what somebody has set stays.

The setting is the transaction's, so that a pooler's next client does not inherit it.
"""

STATEMENT_TIMEOUT = "SELECT pg_catalog.set_config('statement_timeout', %s, true)"

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
