"""Questions about sequences that number the rows of a table. Values only, but for the one that the operator runs."""

from __future__ import annotations

from wdh.sql.identifiers import quote_ident
from wdh.sql.operators import EQ

_NUMBERED = f"""
WITH RECURSIVE family AS (
  SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
   WHERE c.relname {EQ} %(table)s::pg_catalog.text
     AND (n.nspname {EQ} %(schema)s::pg_catalog.text
          OR %(schema)s::pg_catalog.text IS NULL AND pg_catalog.pg_table_is_visible(c.oid))
  UNION
  SELECT i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid {EQ} f.oid
), numbered AS (
  SELECT a.attrelid, a.attname, s.oid AS sequence
    FROM family f
    JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} f.oid AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef t ON t.adrelid {EQ} a.attrelid AND t.adnum {EQ} a.attnum
    JOIN pg_catalog.pg_depend d
      ON d.classid {EQ} 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid {EQ} t.oid
         AND d.refclassid {EQ} 'pg_catalog.pg_class'::pg_catalog.regclass
      OR d.refclassid {EQ} 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid {EQ} a.attrelid
         AND d.refobjsubid {EQ} a.attnum::pg_catalog.int4 AND d.deptype {EQ} 'i'
         AND d.classid {EQ} 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class s
      ON s.relkind {EQ} 'S'
     AND (s.oid {EQ} d.refobjid AND d.objid {EQ} t.oid OR s.oid {EQ} d.objid AND d.deptype {EQ} 'i')
)
SELECT DISTINCT m.attname::pg_catalog.text,
       pg_catalog.format('%%I.%%I', sn.nspname, s.relname), pg_catalog.format('%%I.%%I', tn.nspname, t.relname),
       q.last_value {EQ} q.max_value
  FROM numbered m
  JOIN pg_catalog.pg_class s ON s.oid {EQ} m.sequence
  JOIN pg_catalog.pg_namespace sn ON sn.oid {EQ} s.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid {EQ} m.attrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid {EQ} t.relnamespace
  LEFT JOIN pg_catalog.pg_sequences q ON q.schemaname {EQ} sn.nspname AND q.sequencename {EQ} s.relname"""

OF_TABLE = f"{_NUMBERED}\n ORDER BY 1"
"""The columns of a table, or of the tables it is a part of, that a sequence numbers: column, sequence, the table whose
column it is, whether the sequence has given its last number (NULL: the role may not see that)."""

OF_INDEX = f"""{_NUMBERED}
 WHERE EXISTS (
   SELECT 1
     FROM pg_catalog.pg_class x
     JOIN pg_catalog.pg_namespace xn ON xn.oid {EQ} x.relnamespace
     JOIN pg_catalog.pg_index i ON i.indexrelid {EQ} x.oid
     JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} i.indrelid AND a.attnum {EQ} ANY (i.indkey::pg_catalog.int2[])
    WHERE xn.nspname {EQ} %(schema)s::pg_catalog.text AND x.relname {EQ} %(index)s::pg_catalog.text
      AND a.attname {EQ} m.attname)
 ORDER BY 1"""
"""The same, of the columns of one unique index alone."""


def catch_up(sequence: str, *, table: str, column: str) -> str:
    """Write the statement that brings a sequence up to what a column has; its name and the table's are quoted."""
    named = sequence.replace("'", "''")
    return f"SELECT pg_catalog.setval('{named}', (SELECT pg_catalog.max({quote_ident(column)}) FROM {table}))"
