"""Questions to PostgreSQL's catalogue. Values only, no identifiers: names travel as parameters."""

from __future__ import annotations

RELATION = """
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text,
       c.relkind IN ('r', 'p') AND EXISTS (
           SELECT 1 FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.ev_type IN ('2', '3')) AS has_rule,
       EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D' AND (t.tgtype & 7) = 7) AS rewrites_rows
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = pg_catalog.to_regclass(%s::text)
   AND n.nspname NOT LIKE 'pg\\_temp%%'"""
"""The table that a quoted name means on this connection. No row: there is none (a temporary table does not count)."""

COLUMNS = """
SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
                      ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END,
       a.attnotnull OR t.typnotnull,
       (a.attnotnull OR t.typnotnull) AND NOT a.atthasdef AND a.attidentity = '' AND t.typdefault IS NULL,
       a.attgenerated <> '' OR a.attidentity = 'a'
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum"""
"""The columns of a table by its oid: name, type, type without domain, NOT NULL, needs a value from the writer, and
whether the writer may not give one (GENERATED, or IDENTITY ALWAYS)."""

PRIVILEGES = """
SELECT pg_catalog.has_table_privilege(%(oid)s, 'SELECT') OR pg_catalog.has_any_column_privilege(%(oid)s, 'SELECT'),
       pg_catalog.has_table_privilege(%(oid)s, 'INSERT') OR pg_catalog.has_any_column_privilege(%(oid)s, 'INSERT'),
       pg_catalog.has_table_privilege(%(oid)s, 'UPDATE') OR pg_catalog.has_any_column_privilege(%(oid)s, 'UPDATE'),
       pg_catalog.has_table_privilege(%(oid)s, 'DELETE'),
       pg_catalog.has_table_privilege(%(oid)s, 'UPDATE, DELETE, TRUNCATE')"""
"""What the role may do with a table: SELECT, INSERT, UPDATE, DELETE, and lock it against other writers."""

MAY_STAGE = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY'), current_user::text"
"""Whether the role may have temporary tables, and the role."""

CASCADES = """
SELECT r.conname::text, r.conrelid::pg_catalog.regclass::text, r.confdeltype::text
  FROM pg_catalog.pg_constraint r
 WHERE r.contype = 'f' AND r.confrelid = %s AND r.conparentid = 0 AND r.confdeltype IN ('c', 'n', 'd')
 ORDER BY 2, 1"""
"""The foreign keys through which a DELETE from the table would change another one."""

ARBITER = """
WITH wanted AS (
  SELECT array_agg(a.attnum ORDER BY a.attnum) AS numbers
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY(%(key)s::text[])
), inferred AS (
  SELECT i.indexrelid, i.indimmediate AND NOT EXISTS (
      SELECT 1
        FROM generate_series(0, i.indnkeyatts - 1) p
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p]
        JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[p]
        LEFT JOIN pg_catalog.pg_collation ic ON ic.oid = i.indcollation[p]
        LEFT JOIN pg_catalog.pg_collation ac ON ac.oid = a.attcollation
       WHERE (i.indcollation[p] <> a.attcollation
              AND NOT (coalesce(ic.collisdeterministic, true) AND coalesce(ac.collisdeterministic, true)))
          OR NOT EXISTS (
             SELECT 1 FROM pg_catalog.pg_amop ao
               JOIN pg_catalog.pg_operator o ON o.oid = ao.amopopr
              WHERE ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3 AND o.oprname = '='
                AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype)) AS usable
    FROM pg_catalog.pg_index i, wanted
   WHERE i.indrelid = %(oid)s AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
     AND i.indpred IS NULL AND i.indexprs IS NULL
     AND (SELECT array_agg(u.n ORDER BY u.n)
            FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) u(n)) = wanted.numbers
)
SELECT (SELECT min(c.relname::text) FROM inferred JOIN pg_catalog.pg_class c ON c.oid = indexrelid WHERE usable),
       EXISTS (SELECT 1 FROM inferred WHERE NOT usable)"""
"""Of the unique indexes that PostgreSQL would infer for ON CONFLICT (key), one that can be relied on.

Second column: whether there is one that cannot be (deferrable, or with another equality than the column's); then ON
CONFLICT fails or drops rows, because all matching indexes become arbiters.
"""
