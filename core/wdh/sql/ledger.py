"""The run ledger: one row for each committed run, written in the run's own transaction.

From the catalogue it is told whether the tables that a run wrote to were changed since, without reading their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wdh.sql.identifiers import Target, quote_ident
from wdh.sql.operators import EQ, GE, HOLDS, LT, MINUS, NE, TEXT
from wdh.sql.statements import copy_rows
from wdh.sql.tables import Table, create_table, create_tables

ADDED = {
    "database_user": "pg_catalog.text",
    "os_user": "pg_catalog.text",
    "host": "pg_catalog.text",
    "seconds": "pg_catalog.float8",
    "columns": "pg_catalog.jsonb",
    "accepted": "pg_catalog.jsonb",
    "forecast": "pg_catalog.jsonb",
    "periods": "pg_catalog.jsonb",
    "approval": "pg_catalog.text",
    "plugins_off": "pg_catalog.jsonb",
}
"""Columns that a ledger of an earlier wdh does not have. Each is NULL in the rows of such a wdh."""

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
        **ADDED,
    },
    unique=(("run_id",),),
)
"""The table of the ledger. ``facts_table`` is NULL where no facts were loaded, and ``facts_hash`` where
statements of the domain's own loaded them, too."""

WRITTEN = tuple(column for column in TABLE.columns if column != "committed_at")
"""The columns that a run gives a value; the server gives the others theirs."""

REQUIRED = tuple(column for column in TABLE.columns if column not in ADDED)
"""The columns without which a table is no ledger."""

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


READ = (
    "domain",
    "mode",
    "facts_table",
    "input_hash",
    "files",
    "counts",
    "versions",
    "started_at",
    "committed_at",
    *ADDED,
)
"""The columns of a listed run behind its id, in their order."""

DATABASE_USER = "SELECT session_user::pg_catalog.text"

SAVEPOINT = 'SAVEPOINT "wdh_ledger"'
RELEASE = 'RELEASE SAVEPOINT "wdh_ledger"'
UNDO = 'ROLLBACK TO SAVEPOINT "wdh_ledger"'
"""Around the statement that gives an older ledger its columns: a run goes on without them."""

OWNS = f"""
SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c WHERE c.oid {EQ} %s::pg_catalog.oid"""
"""Whether the role may alter a table: it is its owner, or a member of it, or a superuser."""


_PLACES = f"""(SELECT pg_catalog.jsonb_agg(coalesce(f.file {TEXT} 'period', f.file {TEXT} 'path'))
          FROM pg_catalog.jsonb_array_elements(r."files") f(file) WHERE (f.file {TEXT} 'read_by') IS NULL)"""

RELATIVES = f"""
WITH RECURSIVE named AS (
    SELECT n.name, pg_catalog.to_regclass(n.name)::pg_catalog.oid AS oid
      FROM pg_catalog.unnest(%s::pg_catalog.text[]) n(name)
), up AS (
    SELECT named.name, named.oid FROM named
    UNION ALL
    SELECT up.name, i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid {EQ} up.oid
), down AS (
    SELECT up.name, up.oid FROM up
    UNION ALL
    SELECT down.name, i.inhrelid FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} down.oid
)
SELECT DISTINCT down.name, s.nspname::pg_catalog.text, c.relname::pg_catalog.text
  FROM down
  JOIN pg_catalog.pg_class c ON c.oid {EQ} down.oid
  JOIN pg_catalog.pg_namespace s ON s.oid {EQ} c.relnamespace"""
"""The tables that share rows with tables, named as SQL names them: each itself, its parents, and all parts of those.

For each: the name that was given, and schema and name of the other.
"""


def create_ledger(target: Target, *, has_schema: bool) -> tuple[str, ...]:
    """Write the statements that create the ledger, and its schema where it is not there yet."""
    return (create_table(target, TABLE),) if has_schema else create_tables({target: TABLE})


def add_columns(target: Target, columns: Sequence[str]) -> str:
    """Give an older ledger the columns that it lacks."""
    added = (f"ADD COLUMN IF NOT EXISTS {quote_ident(column)} {ADDED[column]}" for column in columns)
    return f"ALTER TABLE {target.sql}\n    " + ",\n    ".join(added)


def record_run(target: Target, columns: Sequence[str]) -> str:
    """Send one run to the ledger by COPY."""
    return copy_rows(target, columns)


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


def list_runs(target: Target, columns: Collection[str]) -> str:
    """Ask for the latest runs, the newest first; of one domain where wdh.domain is not empty.

    ``columns`` are those that the ledger has; NULL stands for each other one.
    """
    return (
        f"{_read(target, columns)}\n"
        f" WHERE {_told('domain')} {EQ} '' OR {_told('domain')} {EQ} r.\"domain\"\n"
        f' ORDER BY r."committed_at" DESC LIMIT {_told("limit")}::int'
    )


def find_same(target: Target, columns: Collection[str]) -> str:
    """Ask for the latest run of the domain in wdh.domain with the input in wdh.input_hash; else for its latest run."""
    return (
        f"{_read(target, columns)}\n"
        f' WHERE r."domain" {EQ} {_told("domain")}\n'
        f' ORDER BY r."input_hash" {EQ} {_told("input_hash")} DESC, r."committed_at" DESC LIMIT 1'
    )


def list_inputs(target: Target, columns: Collection[str]) -> str:  # noqa: ARG001 - the form of all questions
    """Ask for the inputs of all runs of the domain in wdh.domain."""
    return f'SELECT DISTINCT r."input_hash" FROM {target.sql} r WHERE r."domain" {EQ} {_told("domain")}'


def runs_since(target: Target, columns: Collection[str]) -> str:
    """Ask for the runs since that of wdh.run_id: of its domain, or with a step on a table in wdh.tables; oldest first.

    wdh.tables is a JSON array of arrays, each as ``[{"table": …}]``. Of each run: its id, domain and facts_table, its
    steps, its periods without the scopes, and an array of what its workbooks are by: the month,
    else the path, else NULL, as of an earlier wdh.
    """
    periods = (
        f"r.{quote_ident('periods')} {MINUS} 'scopes'::pg_catalog.text"
        if "periods" in columns
        else "NULL::pg_catalog.jsonb"
    )
    return (
        'SELECT r."run_id"::pg_catalog.text, r."domain", r."facts_table", r."counts", '
        f"{periods},\n       {_PLACES}\n"
        f"  FROM {target.sql} r JOIN {target.sql} s\n"
        f'    ON s."run_id" {EQ} {_told("run_id")}::pg_catalog.uuid AND r."run_id" {NE} s."run_id"\n'
        f'   AND r."committed_at" {GE} s."committed_at"\n'
        f' WHERE r."domain" {EQ} s."domain"\n'
        f"    OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements({_told('tables')}::pg_catalog.jsonb) t(step)\n"
        f'                WHERE r."counts" {HOLDS} t.step)\n'
        ' ORDER BY r."committed_at"'
    )


def latest_run(target: Target) -> str:
    """Ask for the latest run of the domain in wdh.domain."""
    return (
        f'SELECT r."run_id"::pg_catalog.text FROM {target.sql} r WHERE r."domain" {EQ} {_told("domain")}\n'
        ' ORDER BY r."committed_at" DESC LIMIT 1'
    )


def find_approved(target: Target) -> str:
    """Ask for the run that used the approval in wdh.approval."""
    return (
        'SELECT r."run_id"::pg_catalog.text, pg_catalog.date_trunc(\'second\', r."committed_at")::pg_catalog.text\n'
        f'  FROM {target.sql} r WHERE r."approval" {EQ} {_told("approval")} LIMIT 1'
    )


def find_chain(target: Target, columns: Collection[str]) -> str:
    """Ask for the runs of the domain in wdh.domain, the oldest first, whose files have one of those in wdh.files.

    wdh.files is a JSON array of arrays, each as ``[{"sha256": …}]``.
    """
    return (
        f"{_read(target, columns)}\n"
        f' WHERE r."domain" {EQ} {_told("domain")}\n'
        f"   AND EXISTS (SELECT FROM pg_catalog.jsonb_array_elements({_told('files')}::pg_catalog.jsonb) f(file)\n"
        f'                WHERE r."files" {HOLDS} f.file)\n'
        ' ORDER BY r."committed_at"'
    )


def find_run(target: Target, columns: Collection[str]) -> str:
    """Ask for the runs, two at most, whose id begins with wdh.run_id."""
    id_sql = 'r."run_id"::pg_catalog.text'
    return f"{_read(target, columns)}\n WHERE pg_catalog.starts_with({id_sql}, {_told('run_id')}) LIMIT 2"


def list_loads(target: Target, columns: Collection[str]) -> str:
    """Ask for all runs that loaded facts into the table wdh.facts_table, the oldest first."""
    return f'{_read(target, columns)}\n WHERE r."facts_table" {EQ} {_told("facts_table")} ORDER BY r."committed_at"'


def _read(target: Target, columns: Collection[str]) -> str:
    read = ('r."run_id"::pg_catalog.text', *(f"r.{quote_ident(name)}" if name in columns else "NULL" for name in READ))
    return f"SELECT {', '.join(read)}\n  FROM {target.sql} r"


def _told(name: str) -> str:
    return f"pg_catalog.current_setting('wdh.{name}')"


def recorded_columns(ledger: Target) -> str:
    """Ask which columns had values in the latest runs of a domain: the parameters are the domain, and how many runs.

    The ledger's column ``columns`` has a JSON array of names; NULL where a run loaded no facts.
    """
    return (
        f'SELECT DISTINCT c.name FROM (\n    SELECT r."columns" FROM {ledger.sql} r\n'.replace("%", "%%")
        + f'     WHERE r."domain" {EQ} %s AND r."columns" IS NOT NULL\n'
        '     ORDER BY r."committed_at" DESC LIMIT %s\n'
        ") l CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(l.columns) c(name)"
    )


def tables_since(ledger: Target) -> str:
    """Ask how tables, named as SQL names them, stand to a run of the ledger, which is the last placeholder.

    For each: whether it is there, whether the catalogue's entry of it or of a part was written after the run
    (TRUNCATE, DROP and CREATE, a restore, ALTER), and whether it takes no space at all, which a table that was emptied
    by TRUNCATE, by a crash (UNLOGGED) or for long does not.
    """
    return f"""
WITH RECURSIVE named AS (
    SELECT n.name, pg_catalog.to_regclass(n.name)::pg_catalog.oid AS oid
      FROM pg_catalog.unnest(%s::pg_catalog.text[]) n(name)
), tree AS (
    SELECT named.name, named.oid FROM named
    UNION ALL
    SELECT tree.name, i.inhrelid
      FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} tree.oid
)
SELECT tree.name,
       pg_catalog.bool_and(c.oid IS NOT NULL),
       pg_catalog.bool_or(pg_catalog.age(c.xmin) {LT} pg_catalog.age(l.xmin)),
       pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)) {EQ} 0
  FROM {ledger.sql.replace("%", "%%")} l CROSS JOIN tree
  LEFT JOIN pg_catalog.pg_class c ON c.oid {EQ} tree.oid
 WHERE l."run_id" {EQ} %s::pg_catalog.uuid
 GROUP BY tree.name"""
