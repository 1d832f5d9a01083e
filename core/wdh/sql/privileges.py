"""Questions about what a role may do. Values only, no identifiers."""

from __future__ import annotations

from msgspec import Struct

from wdh.sql.circumstances import TARGET
from wdh.sql.operators import EQ


class Needs(Struct, frozen=True):
    """The privileges that steps need on a table: columns read, inserted and updated, rows deleted, a lock."""

    read: tuple[str, ...] = ()
    inserted: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deletes: bool = False
    locks: bool = True

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            self.read + other.read,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deletes or other.deletes,
            self.locks or other.locks,
        )


_CLASS = "'pg_catalog.pg_class'::pg_catalog.regclass"

POLICIES = f"""
WITH target AS ({TARGET})
SELECT t.place, coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(p.polname), ', ' ORDER BY p.polname)
                            FROM pg_catalog.pg_policy p WHERE p.polrelid {EQ} t.oid), ''),
       pg_catalog.quote_ident(current_user)
  FROM target t WHERE pg_catalog.row_security_active(t.oid)"""
"""The row security that hides rows of a table from the role: the table, its policies, the role."""

_NEEDED = """
  SELECT 'SELECT' AS name, pg_catalog.unnest(%(read)s::pg_catalog.text[]) AS attribute
  UNION ALL SELECT 'INSERT', pg_catalog.unnest(%(inserted)s::pg_catalog.text[])
  UNION ALL SELECT 'UPDATE', pg_catalog.unnest(%(updated)s::pg_catalog.text[])"""

GRANTS = f"""
WITH target AS ({TARGET}
), needed AS ({_NEEDED}
), missing AS (
  SELECT t.oid, t.place, n.name, a.attname
    FROM target t
    JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} t.oid AND NOT a.attisdropped
    JOIN needed n ON n.attribute {EQ} a.attname::pg_catalog.text
   WHERE NOT pg_catalog.has_column_privilege(t.oid, a.attnum, n.name)
), called AS (
  SELECT d.refobjid AS function
    FROM target t
    JOIN pg_catalog.pg_attrdef f ON f.adrelid {EQ} t.oid
    JOIN pg_catalog.pg_depend d
      ON d.classid {EQ} 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid {EQ} f.oid
     AND d.refclassid {EQ} 'pg_catalog.pg_proc'::pg_catalog.regclass
  UNION
  SELECT d.refobjid
    FROM target t
    JOIN pg_catalog.pg_constraint k ON k.conrelid {EQ} t.oid
    JOIN pg_catalog.pg_depend d
      ON d.classid {EQ} 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid {EQ} k.oid
     AND d.refclassid {EQ} 'pg_catalog.pg_proc'::pg_catalog.regclass
  UNION
  SELECT d.refobjid
    FROM target t
    JOIN pg_catalog.pg_index i ON i.indrelid {EQ} t.oid
    JOIN pg_catalog.pg_depend d
      ON d.classid {EQ} {_CLASS} AND d.objid {EQ} i.indexrelid
     AND d.refclassid {EQ} 'pg_catalog.pg_proc'::pg_catalog.regclass
), numbered AS (
  SELECT DISTINCT s.relnamespace, s.relname, CASE WHEN s.relkind {EQ} 'S'
           THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') END AS is_denied
    FROM target t
    JOIN pg_catalog.pg_attrdef f ON f.adrelid {EQ} t.oid
    JOIN pg_catalog.pg_depend d
      ON d.classid {EQ} 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid {EQ} f.oid
     AND d.refclassid {EQ} {_CLASS}
    JOIN pg_catalog.pg_class s ON s.oid {EQ} d.refobjid
)
SELECT pg_catalog.format('GRANT TEMPORARY ON DATABASE %%I TO %%I', pg_catalog.current_database(), current_user)
 WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')
UNION ALL
SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %%I TO %%I', t.nspname, current_user)
  FROM target t WHERE NOT pg_catalog.has_schema_privilege(t.relnamespace, 'USAGE')
UNION ALL
SELECT pg_catalog.format('GRANT %%s (%%s) ON %%s TO %%I', m.name,
           pg_catalog.string_agg(pg_catalog.quote_ident(m.attname), ', ' ORDER BY m.attname), m.place, current_user)
  FROM missing m GROUP BY m.name, m.place
UNION ALL
SELECT pg_catalog.format('GRANT DELETE ON %%s TO %%I', t.place, current_user)
  FROM target t WHERE %(deletes)s AND NOT pg_catalog.has_table_privilege(t.oid, 'DELETE')
UNION ALL
SELECT pg_catalog.format('GRANT UPDATE ON %%s TO %%I', t.place, current_user)
  FROM target t WHERE %(locks)s AND NOT pg_catalog.has_table_privilege(t.oid, 'UPDATE, DELETE, TRUNCATE')
UNION ALL
SELECT pg_catalog.format('GRANT USAGE ON SEQUENCE %%I.%%I TO %%I', n.nspname, s.relname, current_user)
  FROM numbered s
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} s.relnamespace
 WHERE s.is_denied
UNION ALL
SELECT pg_catalog.format('GRANT EXECUTE ON FUNCTION %%s TO %%I', p.oid::pg_catalog.regprocedure, current_user)
  FROM called f
  JOIN pg_catalog.pg_proc p ON p.oid {EQ} f.function
 WHERE NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
UNION ALL
SELECT DISTINCT pg_catalog.format('GRANT USAGE ON TYPE %%s TO %%I',
           pg_catalog.format_type(coalesce(e.oid, y.oid), NULL), current_user)
  FROM target t
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid {EQ} t.oid AND NOT a.attisdropped AND a.attname::pg_catalog.text {EQ} ANY (
       SELECT n.attribute FROM needed n)
  JOIN pg_catalog.pg_type y ON y.oid {EQ} a.atttypid
  LEFT JOIN pg_catalog.pg_type e ON e.typarray {EQ} y.oid
 WHERE NOT pg_catalog.has_type_privilege(y.oid, 'USAGE')"""
"""The statements that grant the role what a step needs: of the database, the schema, the columns, and of sequences,
functions and types that writing a row uses. (The order in which PostgreSQL tests is its own, and of a table that is no
sequence has_sequence_privilege() is an error: hence the CASE.)"""

ROLE = "SELECT pg_catalog.quote_ident(current_user)"
