"""What the embedded server is asked about its own clients. Values only, but for the one database's name."""

from __future__ import annotations

DATABASE = "wdh"
"""The database that a run uses on the embedded server."""

FIND_DATABASE = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"
CREATE_DATABASE = "CREATE DATABASE wdh"

OTHERS = """
SELECT application_name FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid() AND application_name <> %s"""
"""The other clients by name, but for those of the name given."""

RENAME = "SELECT pg_catalog.set_config('application_name', %s, false)"
"""Goes by another name from now on."""
