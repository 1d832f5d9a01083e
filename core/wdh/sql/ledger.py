"""The run ledger: one row for each committed run, written in the run's own transaction."""

from __future__ import annotations

from wdh.sql.identifiers import Target
from wdh.sql.statements import copy_rows
from wdh.sql.tables import Table, create_table, create_tables

TABLE = Table(
    {
        "run_id": "uuid NOT NULL",
        "domain": "text NOT NULL",
        "mode": "text NOT NULL",
        "facts_table": "text",
        "facts_hash": "text",
        "plan_hash": "text NOT NULL",
        "input_hash": "text NOT NULL",
        "files": "jsonb NOT NULL",
        "counts": "jsonb NOT NULL",
        "versions": "jsonb NOT NULL",
        "started_at": "timestamptz NOT NULL",
        "committed_at": "timestamptz NOT NULL DEFAULT clock_timestamp()",
    },
    unique=(("run_id",),),
)
"""What the ledger looks like. ``facts_table`` and ``facts_hash`` are NULL where no facts were loaded."""

WRITTEN = tuple(column for column in TABLE.columns if column != "committed_at")

PLACE = """
SELECT s.name, n.oid IS NOT NULL, n.oid IS NULL OR pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       CASE WHEN s.name IS NULL THEN false
            WHEN n.oid IS NULL THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
            ELSE pg_catalog.has_schema_privilege(n.oid, 'CREATE') END
  FROM (SELECT coalesce(%s::text, CASE WHEN NOT starts_with(pg_catalog.current_schema()::text, 'pg_temp')
                                       THEN pg_catalog.current_schema()::text END) AS name) s
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name"""
"""The schema of the ledger (NULL: the first of the search_path that is not temporary): its name, whether it exists,
and whether the role may use it and create a table in it."""

TELL = (
    "SELECT pg_catalog.set_config('wdh.' || s.name, s.value, true) FROM unnest(%s::text[], %s::text[]) s(name, value)"
)
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
        f'SELECT "run_id"::text, date_trunc(\'second\', "committed_at")::text FROM {target.sql}\n'
        " WHERE \"mode\" = 'append' AND \"domain\" = current_setting('wdh.domain')\n"
        "   AND \"facts_table\" = current_setting('wdh.facts_table')\n"
        "   AND \"facts_hash\" = current_setting('wdh.facts_hash')\n"
        ' ORDER BY "committed_at" DESC LIMIT 1'
    )


def list_runs(target: Target) -> str:
    """Ask for the latest runs, the newest first; of one domain where wdh.domain is not empty."""
    return (
        'SELECT "run_id"::text, "domain", "mode", "facts_table", "input_hash", "files", "counts", "versions",\n'
        f'       "started_at", "committed_at" FROM {target.sql}\n'
        " WHERE current_setting('wdh.domain') IN ('', \"domain\")\n"
        " ORDER BY \"committed_at\" DESC LIMIT current_setting('wdh.limit')::int"
    )
