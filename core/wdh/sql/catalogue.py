"""Questions to PostgreSQL's catalogue. Values only, no identifiers: names travel as parameters."""

from __future__ import annotations

RELATION = """
SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text,
       c.relkind IN ('r', 'p') AND EXISTS (
           SELECT 1 FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.ev_type IN ('2', '3')) AS has_rule,
       EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
                WHERE (t.tgrelid = c.oid
                       OR t.tgrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p))
                  AND t.tgenabled <> 'D' AND (t.tgtype & 7) = 7) AS rewrites_rows
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = pg_catalog.to_regclass(%s::text)
   AND n.nspname NOT LIKE 'pg\\_temp%%'"""
"""The table that a quoted name means on this connection. No row: there is none (a temporary table does not count)."""

COLUMNS = """
WITH RECURSIVE stored AS (
  SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier, false AS is_required, false AS has_default
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid OPERATOR(pg_catalog.=) %(oid)s AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
  UNION ALL
  SELECT s.attnum, t.typbasetype, t.typtypmod, s.is_required OR t.typnotnull, s.has_default OR t.typdefault IS NOT NULL
    FROM stored s
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) s.type
   WHERE t.typtype OPERATOR(pg_catalog.=) 'd'
)
SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, a.atttypmod),
       t.oid, n.nspname::pg_catalog.text, t.typname::pg_catalog.text, s.modifier, t.typtype::pg_catalog.text,
       pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.=) 'UTF8',
       a.attnotnull OR s.is_required,
       (a.attnotnull OR s.is_required) AND NOT a.atthasdef AND a.attidentity OPERATOR(pg_catalog.=) ''
       AND NOT s.has_default,
       a.attgenerated OPERATOR(pg_catalog.<>) '' OR a.attidentity OPERATOR(pg_catalog.=) 'a',
       (t.oid OPERATOR(pg_catalog.=) 'pg_catalog.text'::pg_catalog.regtype
        OR t.oid OPERATOR(pg_catalog.=) 'pg_catalog.varchar'::pg_catalog.regtype)
       AND pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.=) 'UTF8'
       AND pg_catalog.current_setting('client_encoding') OPERATOR(pg_catalog.=) 'UTF8'
       AND EXISTS (SELECT 1 FROM pg_catalog.pg_collation o
                    WHERE o.oid OPERATOR(pg_catalog.=) a.attcollation AND o.collisdeterministic)
  FROM stored s
  JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) s.type AND t.typtype OPERATOR(pg_catalog.<>) 'd'
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid OPERATOR(pg_catalog.=) %(oid)s AND a.attnum OPERATOR(pg_catalog.=) s.attnum
 ORDER BY a.attnum"""
"""The columns of a table by its oid: name; type in words; of the type with all domains taken off oid, schema, name,
modifier and kind; whether the encoding has every character (EUC_JP takes a broken bar for another one); NOT NULL; needs
a value from the writer; whether the writer may not give one (GENERATED, or IDENTITY ALWAYS); and whether two texts are
one value only if they are the same characters:
https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC."""

PRIVILEGES = """
SELECT pg_catalog.has_table_privilege(%(oid)s, 'SELECT') OR pg_catalog.has_any_column_privilege(%(oid)s, 'SELECT'),
       pg_catalog.has_table_privilege(%(oid)s, 'INSERT') OR pg_catalog.has_any_column_privilege(%(oid)s, 'INSERT'),
       pg_catalog.has_table_privilege(%(oid)s, 'UPDATE') OR pg_catalog.has_any_column_privilege(%(oid)s, 'UPDATE'),
       pg_catalog.has_table_privilege(%(oid)s, 'DELETE'),
       pg_catalog.has_table_privilege(%(oid)s, 'UPDATE, DELETE, TRUNCATE')"""
"""What the role may do with a table: SELECT, INSERT, UPDATE, DELETE, and lock it against other writers."""

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
