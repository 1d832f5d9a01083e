"""Questions to the embedded server about its own clients. Values only, but for the one database's name."""

from __future__ import annotations

from wdh.sql.operators import EQ, NE

DATABASE = "wdh"
"""The database that a run uses on the embedded server."""

FIND_DATABASE = f"SELECT FROM pg_catalog.pg_database d WHERE d.datname {EQ} %s"
CREATE_DATABASE = "CREATE DATABASE wdh"

WORKER = "wdh"
"""The role that a run has there: it owns the database, and is no superuser."""

FIND_ROLE = f"SELECT FROM pg_catalog.pg_roles r WHERE r.rolname {EQ} %s"
CREATE_WORKER = "CREATE ROLE wdh"

FIND_HANDED_OVER = f"""
SELECT FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid {EQ} d.datdba
 WHERE d.datname {EQ} %s AND r.rolname {EQ} %s AND NOT r.rolsuper"""
"""Says whether the database is the worker's already."""

_NO_SYSTEM = f"n.nspname {NE} 'information_schema' AND NOT pg_catalog.starts_with(n.nspname, 'pg_')"
_MINE = f"{EQ} (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname {EQ} current_user)"


def _is_part(catalogue: str, *, of: str) -> str:
    """Say whether an object comes and goes with another one: an extension, or the column that a sequence numbers."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid {EQ} 'pg_catalog.{catalogue}'::pg_catalog.regclass"
        f" AND d.objid {EQ} o.oid AND d.deptype {EQ} ANY (ARRAY[{of}]::pg_catalog.char[]))"
    )


_OWNED = f"""
SELECT pg_catalog.format('ALTER SCHEMA %I OWNER TO wdh', n.nspname)
  FROM pg_catalog.pg_namespace n WHERE n.nspowner {_MINE} AND {_NO_SYSTEM}
UNION ALL
SELECT pg_catalog.format('ALTER %s %I.%I OWNER TO wdh',
           CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
                          WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, o.relname)
  FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid {EQ} o.relnamespace
 WHERE o.relowner {_MINE} AND {_NO_SYSTEM} AND pg_catalog.strpos('rpvmfS', o.relkind::pg_catalog.text) > 0
   AND NOT {_is_part("pg_class", of="'e'")}
   AND NOT (o.relkind {EQ} 'S' AND {_is_part("pg_class", of="'a','i'")})
UNION ALL
SELECT pg_catalog.format('ALTER ROUTINE %s OWNER TO wdh', o.oid::pg_catalog.regprocedure)
  FROM pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid {EQ} o.pronamespace
 WHERE o.proowner {_MINE} AND {_NO_SYSTEM} AND NOT {_is_part("pg_proc", of="'e'")}
UNION ALL
SELECT pg_catalog.format('ALTER TYPE %I.%I OWNER TO wdh', n.nspname, o.typname)
  FROM pg_catalog.pg_type o JOIN pg_catalog.pg_namespace n ON n.oid {EQ} o.typnamespace
 WHERE o.typowner {_MINE} AND {_NO_SYSTEM} AND NOT {_is_part("pg_type", of="'e','i'")}
"""
"""The statements that give to the worker what the administrator owns, but for what follows something else."""

HAND_OVER = (
    "ALTER ROLE wdh LOGIN NOSUPERUSER",
    "GRANT pg_monitor TO wdh",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO wdh",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO wdh",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO wdh",
    f"DO $do$ DECLARE s pg_catalog.text; BEGIN FOR s IN {_OWNED} LOOP EXECUTE s; END LOOP; END $do$",
    "ALTER DATABASE wdh OWNER TO wdh",
)
"""Gives the worker the database, and the use of what the administrator makes there later; it may also see settings
and what others wait for. The last statement tells that all was done."""

OTHERS = f"""
SELECT a.application_name FROM pg_catalog.pg_stat_activity a
 WHERE a.backend_type {EQ} 'client backend' AND a.pid {NE} pg_catalog.pg_backend_pid()
   AND a.application_name {NE} %s"""
"""The other clients by name, but for those of the name given."""

RENAME = "SELECT pg_catalog.set_config('application_name', %s, false)"
"""Goes by another name from now on."""
