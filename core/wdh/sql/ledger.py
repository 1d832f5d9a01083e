"""The run ledger: one row for each committed run, written in the run's own transaction."""

from __future__ import annotations

from wdh.sql.identifiers import Target
from wdh.sql.operators import EQ
from wdh.sql.statements import copy_rows
from wdh.sql.tables import Table, create_table, create_tables

TABLE = Table(
    {
        "run_id": "pg_catalog.uuid NOT NULL",
        "domain": "pg_catalog.text NOT NULL",
        "mode": "pg_catalog.text NOT NULL",
        "facts_table": "pg_catalog.text",
        "facts_hash": "pg_catalog.text",
        "plan_hash": "pg_catalog.text NOT NULL",
        "input_hash": "pg_catalog.text NOT NULL",
        "files": "pg_catalog.jsonb NOT NULL",
        "counts": "pg_catalog.jsonb NOT NULL",
        "versions": "pg_catalog.jsonb NOT NULL",
        "started_at": "pg_catalog.timestamptz NOT NULL",
        "committed_at": "pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()",
    },
    unique=(("run_id",),),
)
"""The table of the ledger. ``facts_table`` and ``facts_hash`` are NULL where no facts were loaded."""

WRITTEN = tuple(column for column in TABLE.columns if column != "committed_at")

PLACE = f"""
SELECT s.name, n.oid IS NOT NULL, n.oid IS NULL OR pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       CASE WHEN s.name IS NULL THEN false
            WHEN n.oid IS NULL THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
            ELSE pg_catalog.has_schema_privilege(n.oid, 'CREATE') END
  FROM (SELECT coalesce(%s::pg_catalog.text,
                        CASE WHEN NOT pg_catalog.starts_with(pg_catalog.current_schema()::pg_catalog.text, 'pg_temp')
                             THEN pg_catalog.current_schema()::pg_catalog.text END) AS name) s
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname {EQ} s.name"""
"""The schema of the ledger (NULL: the first of the search_path that is not temporary): its name, whether it exists,
and whether the role may use it and create a table in it."""

TELL = """
SELECT pg_catalog.set_config(pg_catalog.concat('wdh.', s.name), s.value, true)
  FROM ROWS FROM (pg_catalog.unnest(%s::pg_catalog.text[]), pg_catalog.unnest(%s::pg_catalog.text[])) s(name, value)"""
"""Put values where a statement that names the ledger can read them: it has identifiers, and so no placeholders."""


def create_ledger(target: Target, *, has_schema: bool) -> tuple[str, ...]:
    """Write the statements that create the ledger, and its schema where it is not there yet."""
    return (create_table(target, TABLE),) if has_schema else create_tables({target: TABLE})


def record_run(target: Target) -> str:
    """Send one run to the ledger by COPY."""
    return copy_rows(target, WRITTEN)


def find_append(target: Target) -> str:
    """Ask for the run that appended the very same facts to the very same table before."""
    return (
        'SELECT r."run_id"::pg_catalog.text, pg_catalog.date_trunc(\'second\', r."committed_at")::pg_catalog.text\n'
        f"  FROM {target.sql} r\n"
        f' WHERE r."mode" {EQ} \'append\' AND r."domain" {EQ} {_told("domain")}\n'
        f'   AND r."facts_table" {EQ} {_told("facts_table")} AND r."facts_hash" {EQ} {_told("facts_hash")}\n'
        ' ORDER BY r."committed_at" DESC LIMIT 1'
    )


def count_run(target: Target) -> str:
    """Count the rows of one run."""
    return f'SELECT pg_catalog.count(*) FROM {target.sql} r WHERE r."run_id" {EQ} {_told("run_id")}::pg_catalog.uuid'


def list_runs(target: Target) -> str:
    """Ask for the latest runs, the newest first; of one domain where wdh.domain is not empty."""
    return (
        'SELECT r."run_id"::pg_catalog.text, r."domain", r."mode", r."facts_table", r."input_hash", r."files",\n'
        f'       r."counts", r."versions", r."started_at", r."committed_at" FROM {target.sql} r\n'
        f" WHERE {_told('domain')} {EQ} '' OR {_told('domain')} {EQ} r.\"domain\"\n"
        f' ORDER BY r."committed_at" DESC LIMIT {_told("limit")}::int'
    )


def _told(name: str) -> str:
    return f"pg_catalog.current_setting('wdh.{name}')"
