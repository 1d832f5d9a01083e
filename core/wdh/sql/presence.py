"""What the embedded server is asked about its own clients. Values only, but for the one database's name."""

from __future__ import annotations

from wdh.sql.operators import EQ, NE

DATABASE = "wdh"
"""The database that a run uses on the embedded server."""

FIND_DATABASE = f"SELECT FROM pg_catalog.pg_database d WHERE d.datname {EQ} %s"
CREATE_DATABASE = "CREATE DATABASE wdh"

OTHERS = f"""
SELECT a.application_name FROM pg_catalog.pg_stat_activity a
 WHERE a.backend_type {EQ} 'client backend' AND a.pid {NE} pg_catalog.pg_backend_pid()
   AND a.application_name {NE} %s"""
"""The other clients by name, but for those of the name given."""

RENAME = "SELECT pg_catalog.set_config('application_name', %s, false)"
"""Goes by another name from now on."""
