"""Questions about types: what one is made of, and what a stage has made of the texts it was sent."""

from __future__ import annotations

from wdh.sql.operators import EQ, GT
from wdh.sql.statements import STAGE

TYPE = f"""
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, t.typtype::pg_catalog.text, t.typdelim::pg_catalog.text
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} t.typnamespace
 WHERE t.oid {EQ} %(oid)s"""
"""A type by its oid: schema, name, kind, and what parts values of it in an array."""

TYPE_PARTS = f"""
SELECT p.form, p.type, p.modifier
  FROM (SELECT 'array' AS form, e.oid AS type, %(modifier)s AS modifier, 0 AS place
          FROM pg_catalog.pg_type e WHERE e.typarray {EQ} %(oid)s
        UNION ALL
        SELECT 'domain', t.typbasetype, t.typtypmod, 0
          FROM pg_catalog.pg_type t
         WHERE t.oid {EQ} %(oid)s AND t.typtype {EQ} 'd'
        UNION ALL
        SELECT 'range', r.rngsubtype, -1, 0
          FROM pg_catalog.pg_range r WHERE r.rngtypid {EQ} %(oid)s
        UNION ALL
        SELECT 'multirange', r.rngtypid, -1, 0
          FROM pg_catalog.pg_range r WHERE r.rngmultitypid {EQ} %(oid)s
        UNION ALL
        SELECT 'row', a.atttypid, a.atttypmod, a.attnum
          FROM pg_catalog.pg_type t
          JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} t.typrelid
         WHERE t.oid {EQ} %(oid)s AND t.typtype {EQ} 'c'
           AND a.attnum {GT} 0 AND NOT a.attisdropped) p
 ORDER BY p.place"""
"""The parts of a type, in order: the element of an array, the base of a domain, the bound of a range, the range of a
multirange, the fields of a row; each as form, type and modifier. No row: it is made of nothing else."""

READ_STAGE = f"""COPY (SELECT s."rn", s."c0" FROM {STAGE} s) TO STDOUT (ENCODING 'UTF8')"""
"""Read the one column of a stage back, as its type writes it; a cast to text may write it otherwise."""
