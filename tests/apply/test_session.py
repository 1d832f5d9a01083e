"""No setting of a role, a database or a client decides what a workbook means."""

from __future__ import annotations

from typing import Any

import pytest
from support.runs import planned

from wdh.apply import apply_plan
from wdh.errors import SetupError
from wdh.plan import Plan
from wdh.sql.settings import PINNED

PINNED_ELSEWHERE = {
    "lock_timeout": "--lock-timeout",
    "timezone": "time_zone of data_sources.yml, without which no column with a time zone is written",
    "transaction_isolation": "must be READ COMMITTED",
    "session_replication_role": "set to origin, or the run is refused",
    "client_encoding": "COPY names the encoding of its text; the connection of a run is UTF-8",
}
MEANS_NOTHING = {
    "backslash_quote": "psycopg2 writes literals with backslashes as E'…', and no quote behind a backslash",
    "check_function_bodies": "no function is made",
    "client_min_messages": "what is told beside, not what is written",
    "createrole_self_grant": "no role is made",
    "default_table_access_method": "how rows are kept, not what they are",
    "default_tablespace": "where rows are kept",
    "default_text_search_config": "to_tsvector of triggers and generated columns: the warehouse's own",
    "default_toast_compression": "how values are kept",
    "default_transaction_deferrable": "READ COMMITTED is never deferrable",
    "default_transaction_isolation": "the connection of a run is READ COMMITTED; any other is refused",
    "default_transaction_read_only": "the server refuses the first write, in words",
    "dynamic_library_path": "where code of the server's owner is",
    "escape_string_warning": "a warning",
    "event_triggers": "DDL only",
    "extension_control_path": "where code of the server's owner is",
    "gin_pending_list_limit": "how an index is kept",
    "icu_validation_level": "CREATE COLLATION only",
    "idle_in_transaction_session_timeout": "ends the session, in words",
    "idle_session_timeout": "ends the session, in words",
    "lc_messages": "the language of messages, of which no word is looked for",
    "lc_numeric": "to_number and to_char only: the warehouse's own",
    "lc_time": "to_char only: the warehouse's own",
    "lo_compat_privileges": "large objects only",
    "local_preload_libraries": "code of the server's owner",
    "restrict_nonsystem_relation_kind": "forbids views and foreign tables, in words",
    "search_path": "no statement depends on it; triggers and defaults need it as it is",
    "session_preload_libraries": "code of the server's owner",
    "statement_timeout": "ends the statement, in words",
    "synchronize_seqscans": "the order of rows that are read in no order",
    "temp_tablespaces": "where the stage is kept",
    "transaction_deferrable": "READ COMMITTED is never deferrable",
    "transaction_read_only": "the server refuses the first write, in words",
    "transaction_timeout": "ends the session, in words",
    "xmlbinary": "xmlelement() only",
}
"""Settings that need not be pinned, and why."""


def test_every_setting_that_a_client_may_change_is_pinned_or_known_to_mean_nothing(database: Any) -> None:
    """A later server with a new setting of these categories must not pass unnoticed."""
    found = database.rows(
        "SELECT lower(name) FROM pg_settings WHERE context IN ('user', 'superuser')"
        " AND category ~ '^(Client Connection Defaults|Version and Platform)' AND name !~ '^(vacuum|.*[.])'"
    )
    known = {*PINNED, *PINNED_ELSEWHERE, *MEANS_NOTHING}
    assert {name for (name,) in found} <= known


def test_every_pinned_setting_has_its_value_while_facts_are_written_and_is_as_it_was_afterwards(database: Any) -> None:
    others = {
        "array_nulls": "off",
        "bytea_output": "escape",
        "datestyle": "SQL, DMY",
        "extra_float_digits": "-15",
        "gin_fuzzy_search_limit": "7",
        "intervalstyle": "sql_standard",
        "quote_all_identifiers": "on",
        "row_security": "on",
        "standard_conforming_strings": "off",
        "transform_null_equals": "on",
        "xmloption": "document",
    }
    database.execute(
        'CREATE TABLE "计划" ("号" text, "名" text, "机构" text);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric);'
        "CREATE TABLE seen (name text, value text);"
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " INSERT INTO seen SELECT lower(name), current_setting(name) FROM pg_settings; RETURN NULL; END$$;"
        'CREATE TRIGGER look AFTER INSERT ON "明细" FOR EACH STATEMENT EXECUTE FUNCTION look()'
    )
    with (
        planned([{"月": "2024-11-01", "计划": "A", "额": 1}]) as plan,
        database.connect() as connection,
        connection.cursor() as cursor,
    ):
        for name, value in others.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()
        apply_plan(plan, connection)
        cursor.execute("SELECT lower(name), current_setting(name) FROM pg_settings")
        afterwards = dict(cursor.fetchall())
    seen = dict(database.rows("SELECT name, value FROM seen"))
    assert {name: seen[name] for name in PINNED} == dict(PINNED)
    assert not {name for name, value in others.items() if PINNED[name] == value}
    assert seen["row_security"] == "off"
    assert {name: afterwards[name] for name in others} == others


def test_a_role_that_may_not_let_triggers_fire_is_told_so(database: Any) -> None:
    """session_replication_role = replica passes over foreign keys; only a superuser may set it."""
    import secrets

    role = f"loader_{secrets.token_hex(6)}"
    database.execute(f"CREATE ROLE {role}")
    try:
        with database.connect(options="-c session_replication_role=replica") as connection:
            connection.cursor().execute(f"SET ROLE {role}")
            connection.commit()
            with pytest.raises(SetupError, match="session_replication_role is replica"):
                apply_plan(Plan("d", ()), connection)
    finally:
        database.execute(f"DROP ROLE {role}")


def test_an_unknown_time_zone_is_a_setup_error(database: Any) -> None:
    with database.connect() as connection, pytest.raises(SetupError, match="knows no time zone 'Mars/Olympus'"):
        apply_plan(Plan("d", (), time_zone="Mars/Olympus"), connection)
