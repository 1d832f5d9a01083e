"""Statements around a call that works in somebody else's transaction. Values only, no identifiers."""

from __future__ import annotations

SAVEPOINT = 'SAVEPOINT "wdh_call"'
RELEASE = 'RELEASE SAVEPOINT "wdh_call"'
UNDO = 'ROLLBACK TO SAVEPOINT "wdh_call"'
"""Takes back what the call wrote, the settings it made, and the locks it got."""

READ_SETTINGS = """
SELECT s.name, s.setting, s.reset_val FROM pg_catalog.pg_settings s
 WHERE s.source OPERATOR(pg_catalog.=) 'session'"""
"""What was set in this session: name, value, and the value it would have if nobody had set it."""

IS_READ_ONLY = "SELECT pg_catalog.current_setting('transaction_read_only') OPERATOR(pg_catalog.=) 'on'"


def put_settings(count: int) -> str:
    """Give ``count`` settings a value each, for the transaction: names and values are the parameters, by turns."""
    return "SELECT " + ", ".join(["pg_catalog.set_config(%s, %s, true)"] * count)
