"""Locks between runs, and who holds them. Values only, no identifiers."""

from __future__ import annotations

from wdh.sql.operators import EQ, NE

ADVISORY_CLASS = 0x77646801
"""The first half of every advisory lock of wdh: "wdh" and 1, in hexadecimal. The second is the table's oid."""

QUEUE = f"SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_CLASS}, %s)"
"""Wait for other runs before the table itself is locked: a session that waits here stops nobody else."""


HOLDERS = f"""
WITH RECURSIVE target AS (
  SELECT c.oid
    FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::pg_catalog.text[]),
                    pg_catalog.unnest(%(tables)s::pg_catalog.text[])) w(schema, name)
    JOIN pg_catalog.pg_class c ON c.relname {EQ} w.name
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
     AND (n.nspname {EQ} w.schema OR w.schema IS NULL AND pg_catalog.pg_table_is_visible(c.oid))
), tree AS (
  SELECT t.oid FROM target t
  UNION
  SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} t.oid
), wanted AS (
  SELECT t.oid FROM tree t
  UNION
  SELECT k.confrelid FROM tree t JOIN pg_catalog.pg_constraint k ON k.conrelid {EQ} t.oid AND k.contype {EQ} 'f'
), held AS MATERIALIZED (
  SELECT * FROM pg_catalog.pg_locks k WHERE k.granted
)
SELECT DISTINCT l.pid, a.backend_type, a.usename::pg_catalog.text, a.application_name,
       a.query {EQ} '<insufficient privilege>', pg_catalog.host(a.client_addr), a.state,
       pg_catalog.age(pg_catalog.date_trunc('second', pg_catalog.clock_timestamp()),
                      pg_catalog.date_trunc('second', a.xact_start))::pg_catalog.text,
       a.leader_pid, a.query, x.gid, x.owner::pg_catalog.text,
       pg_catalog.date_trunc('second', x.prepared)::pg_catalog.text,
       coalesce(l.relation, l.objid)::pg_catalog.regclass::pg_catalog.text
  FROM held l
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid {EQ} l.pid
  LEFT JOIN held i ON l.pid IS NULL AND i.pid IS NULL AND i.locktype {EQ} 'transactionid'
       AND i.virtualtransaction {EQ} l.virtualtransaction
  LEFT JOIN pg_catalog.pg_prepared_xacts x ON x.transaction {EQ} i.transactionid
 WHERE (l.pid IS NULL OR l.pid {NE} pg_catalog.pg_backend_pid())
   AND l.database {EQ} (SELECT d.oid FROM pg_catalog.pg_database d
                          WHERE d.datname {EQ} pg_catalog.current_database())
   AND (l.mode {NE} 'AccessShareLock' AND l.relation {EQ} ANY (SELECT w.oid FROM wanted w)
     OR l.locktype {EQ} 'advisory' AND l.classid {EQ} {ADVISORY_CLASS}::pg_catalog.oid
        AND (l.objid {EQ} ANY (SELECT t.oid FROM target t)))
 ORDER BY 1, 14
 LIMIT 10"""
"""The holders of locks that a run may wait for: on the tables, their partitions, and the tables these refer to.

A session shows its process, kind, role, program, whether the rest is hidden from the role that asks, machine, state,
how long its transaction lasts, the process that it works for, and its statement; a prepared transaction has no process,
and shows its name, owner and time; it is found by the lock on its own number. Last, on what. Waits for no lock itself.
"""
