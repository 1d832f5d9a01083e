"""What the server is asked for about the line to the client, for the time of a transaction."""

from __future__ import annotations

WATCH_LINE = """
SELECT pg_catalog.set_config(s.name, w.value, true)
  FROM pg_catalog.pg_settings s
  JOIN (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
               ('tcp_user_timeout', '60000')) w (name, value)
    ON s.name OPERATOR(pg_catalog.=) w.name
 WHERE s.source OPERATOR(pg_catalog.=) 'default'"""
"""Notice within a minute that the client does not answer any more; what somebody has set stays.

The setting is the transaction's, so that a pooler's next client does not inherit it.
"""

STATEMENT_TIMEOUT = "SELECT pg_catalog.set_config('statement_timeout', %s, true)"
