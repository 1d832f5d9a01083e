"""Locks between runs, and who holds them. Values only, no identifiers."""

from __future__ import annotations

ADVISORY_CLASS = 0x77646801
"""The first half of every advisory lock of wdh: "wdh" and 1, in hexadecimal. The second is the table's oid."""

QUEUE = f"SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_CLASS}, %s)"
"""Wait for other runs before the table itself is locked: who waits here is in nobody else's way."""

HOLDERS = f"""
SELECT DISTINCT a.pid, a.usename::text, a.application_name, coalesce(host(a.client_addr), 'this machine'), a.state,
       date_trunc('second', clock_timestamp() - a.xact_start)::text,
       coalesce(l.relation, l.objid)::pg_catalog.regclass::text
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE l.granted AND l.pid <> pg_catalog.pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND (l.mode <> 'AccessShareLock'
        AND (l.relation = ANY(%(oids)s::oid[])
             OR l.relation IN (SELECT p.relid FROM unnest(%(oids)s::oid[]) o, pg_catalog.pg_partition_tree(o) p))
     OR l.locktype = 'advisory' AND l.classid = {ADVISORY_CLASS} AND l.objid = ANY(%(oids)s::oid[]))
 ORDER BY 1
 LIMIT 10"""
"""Who holds a lock that a run may wait for: session, user, program, machine, state, for how long, and on what.

Of an idle session PostgreSQL shows the state to everybody; the rest may be empty for a role that is not its own.
"""
