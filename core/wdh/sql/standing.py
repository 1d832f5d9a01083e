"""Asks the catalogue whether the tables that a run wrote to were changed since, without reading their rows."""

from __future__ import annotations

from wdh.sql.identifiers import Target
from wdh.sql.operators import EQ, LT


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
