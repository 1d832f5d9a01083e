"""Questions to PostgreSQL's catalogue. Values only, no identifiers: names travel as parameters."""

from __future__ import annotations

from wdh.sql.operators import AND_BITS, EQ, GT, MINUS, NE

RELATION = f"""
SELECT c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text
  FROM pg_catalog.unnest(CASE WHEN %(schema)s::pg_catalog.text IS NULL THEN pg_catalog.current_schemas(true)
                              ELSE ARRAY[%(schema)s::pg_catalog.name] END) WITH ORDINALITY p(name, place)
  JOIN pg_catalog.pg_namespace n
    ON n.nspname {EQ} p.name AND NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_temp')
  JOIN pg_catalog.pg_class c ON c.relnamespace {EQ} n.oid AND c.relname {EQ} %(table)s::pg_catalog.text
 ORDER BY p.place
 LIMIT 1"""
"""The table of a name: in one schema, or in the first of the search_path that has it (schema NULL). No row: there is
none; a temporary table does not count."""

STILL_NAMED = f"""
SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
 WHERE n.nspname {EQ} %(schema)s::pg_catalog.text AND c.relname {EQ} %(table)s::pg_catalog.text
   AND c.oid {EQ} %(oid)s"""
"""Ask whether a table still has its name."""

_TREE = f"""
WITH RECURSIVE tree AS (
  SELECT %(oid)s::pg_catalog.oid AS oid
  UNION
  SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} t.oid
)"""
"""A table with all its partitions and inheritance children, and theirs."""

MEMBERS = f"""{_TREE}
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text,
       c.relpersistence::pg_catalog.text, c.relispartition
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
 ORDER BY t.oid {NE} %(oid)s, 1, 2"""
"""The table itself, then its partitions and children: schema, name, kind, persistence, whether it is a partition."""

READ_TABLES = f"""
WITH RECURSIVE read AS (
  SELECT %(oid)s::pg_catalog.oid AS oid
  UNION
  SELECT x.oid FROM read t CROSS JOIN LATERAL (
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent {EQ} t.oid
    UNION ALL
    SELECT d.refobjid FROM pg_catalog.pg_rewrite r
      JOIN pg_catalog.pg_class c ON c.oid {EQ} r.ev_class AND c.relkind {EQ} 'v'
      JOIN pg_catalog.pg_depend d ON d.classid {EQ} 'pg_catalog.pg_rewrite'::pg_catalog.regclass
       AND d.objid {EQ} r.oid AND d.refclassid {EQ} 'pg_catalog.pg_class'::pg_catalog.regclass
     WHERE r.ev_class {EQ} t.oid
  ) x(oid)
)
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text
  FROM read t
  JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace"""
"""Give all that a question to a table or view reads: it, its parts, and the tables behind a view. A function
that a view calls may read others."""

TRIGGERS = f"""{_TREE}
SELECT DISTINCT g.tgname::pg_catalog.text, c.relname::pg_catalog.text, (g.tgtype {AND_BITS} 7::int2) {EQ} 7::int2
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid
  JOIN pg_catalog.pg_trigger g ON g.tgrelid {EQ} t.oid
 WHERE NOT g.tgisinternal AND g.tgenabled {NE} 'D' AND g.tgenabled {NE} 'R'
 ORDER BY 1, 2"""
"""The triggers that fire when the table or a part of it is written: name, table, and whether one may change a row
before it is inserted. Those of foreign keys are no part of it."""

RULES = f"""
SELECT r.rulename::pg_catalog.text, r.ev_type::pg_catalog.text
  FROM pg_catalog.pg_rewrite r
 WHERE r.ev_class {EQ} %(oid)s AND r.ev_type {NE} '1' AND r.ev_enabled {NE} 'D' AND r.ev_enabled {NE} 'R'
 ORDER BY 1"""
"""The rules for UPDATE (2), INSERT (3) and DELETE (4) of a table; those of its partitions never apply here."""

COLUMNS = f"""
WITH RECURSIVE stored AS (
  SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier, false AS is_required, false AS has_default
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid {EQ} %(oid)s AND a.attnum {GT} 0 AND NOT a.attisdropped
  UNION ALL
  SELECT s.attnum, t.typbasetype, t.typtypmod, s.is_required OR t.typnotnull, s.has_default OR t.typdefault IS NOT NULL
    FROM stored s
    JOIN pg_catalog.pg_type t ON t.oid {EQ} s.type
   WHERE t.typtype {EQ} 'd'
)
SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, a.atttypmod),
       t.oid, n.nspname::pg_catalog.text, t.typname::pg_catalog.text, s.modifier, t.typtype::pg_catalog.text,
       pg_catalog.getdatabaseencoding() {EQ} 'UTF8',
       a.attnotnull OR s.is_required,
       (a.attnotnull OR s.is_required) AND NOT a.atthasdef AND a.attidentity {EQ} ''
       AND NOT s.has_default,
       a.attgenerated {NE} '' OR a.attidentity {EQ} 'a',
       (t.oid {EQ} 'pg_catalog.text'::pg_catalog.regtype
        OR t.oid {EQ} 'pg_catalog.varchar'::pg_catalog.regtype)
       AND pg_catalog.getdatabaseencoding() {EQ} 'UTF8'
       AND pg_catalog.current_setting('client_encoding') {EQ} 'UTF8'
       AND EXISTS (SELECT 1 FROM pg_catalog.pg_collation o
                    WHERE o.oid {EQ} a.attcollation AND o.collisdeterministic)
  FROM stored s
  JOIN pg_catalog.pg_type t ON t.oid {EQ} s.type AND t.typtype {NE} 'd'
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} t.typnamespace
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid {EQ} %(oid)s AND a.attnum {EQ} s.attnum
 ORDER BY a.attnum"""
"""The columns of a table by its oid: name; type in words; of the type with all domains taken off oid, schema, name,
modifier and kind; whether the encoding has every character (EUC_JP takes a broken bar for another one); NOT NULL; needs
a value from the writer; whether the writer may not give one (GENERATED, or IDENTITY ALWAYS); and whether two texts are
one value only if they are the same characters:
https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC."""

RIGHTS = f"""
SELECT pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'), pg_catalog.has_table_privilege(c.oid, 'DELETE'),
       pg_catalog.has_table_privilege(c.oid, %(lock)s), pg_catalog.row_security_active(c.oid),
       pg_catalog.quote_ident(current_user::pg_catalog.text)
  FROM pg_catalog.pg_class c WHERE c.oid {EQ} %(oid)s"""
"""The role's privileges on a table as a whole: to find it, delete from it, lock it against other writers; whether row
security hides rows of it from the role; and the role's name, quoted."""

COLUMN_RIGHTS = f"""
SELECT a.attname::pg_catalog.text, pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'INSERT'),
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE')
  FROM pg_catalog.pg_attribute a
 WHERE a.attrelid {EQ} %(oid)s AND a.attnum {GT} 0 AND NOT a.attisdropped"""
"""The role's privileges on each column of a table: to read, insert and update it."""

SEQUENCES = f"""
SELECT a.attname::pg_catalog.text, n.nspname::pg_catalog.text, s.relname::pg_catalog.text
  FROM pg_catalog.pg_attrdef f
  JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} f.adrelid AND a.attnum {EQ} f.adnum
  JOIN pg_catalog.pg_depend d
    ON d.classid {EQ} 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid {EQ} f.oid
   AND d.refclassid {EQ} 'pg_catalog.pg_class'::pg_catalog.regclass
  JOIN pg_catalog.pg_class s ON s.oid {EQ} d.refobjid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} s.relnamespace
 WHERE f.adrelid {EQ} %(oid)s
   AND CASE WHEN s.relkind {EQ} 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') END"""
"""The columns whose default takes a number from a sequence that the role may not use, with the sequence."""

CASCADES = f"""{_TREE}
SELECT DISTINCT r.conname::pg_catalog.text, n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
       r.confdeltype::pg_catalog.text
  FROM tree t
  JOIN pg_catalog.pg_constraint r ON r.confrelid {EQ} t.oid
  JOIN pg_catalog.pg_class c ON c.oid {EQ} r.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
 WHERE r.contype {EQ} 'f' AND r.confdeltype {EQ} ANY ('{{c,n,d}}'::pg_catalog."char"[])
   AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint p JOIN tree u ON u.oid {EQ} p.confrelid
                    WHERE p.oid {EQ} r.conparentid)
   AND coalesce(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(r), 'conenforced'), 'true') {EQ} 'true'
 ORDER BY 3, 1"""
"""The foreign keys through which a DELETE from the table, or from a part of it, would change another table.

One that is NOT ENFORCED (PostgreSQL 18) does nothing; servers before have no such column. A constraint that a partition
has from one that is listed itself is left out."""

ARBITER = f"""
WITH wanted AS (
  SELECT pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS numbers
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid {EQ} %(oid)s AND a.attnum {GT} 0 AND NOT a.attisdropped
     AND a.attname {EQ} ANY (%(key)s::pg_catalog.text[])
), inferred AS (
  SELECT i.indexrelid, i.indimmediate AND NOT EXISTS (
      SELECT 1
        FROM pg_catalog.generate_series(0, i.indnkeyatts {MINUS} 1) p
        JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} i.indrelid AND a.attnum {EQ} i.indkey[p]
        JOIN pg_catalog.pg_opclass oc ON oc.oid {EQ} i.indclass[p]
        LEFT JOIN pg_catalog.pg_collation ic ON ic.oid {EQ} i.indcollation[p]
        LEFT JOIN pg_catalog.pg_collation ac ON ac.oid {EQ} a.attcollation
       WHERE (i.indcollation[p] {NE} a.attcollation
              AND NOT (coalesce(ic.collisdeterministic, true) AND coalesce(ac.collisdeterministic, true)))
          OR NOT EXISTS (
             SELECT 1 FROM pg_catalog.pg_amop ao
               JOIN pg_catalog.pg_operator o ON o.oid {EQ} ao.amopopr
              WHERE ao.amopfamily {EQ} oc.opcfamily AND ao.amopstrategy {EQ} 3 AND o.oprname {EQ} '='
                AND ao.amoplefttype {EQ} oc.opcintype AND ao.amoprighttype {EQ} oc.opcintype)) AS usable
    FROM pg_catalog.pg_index i, wanted
   WHERE i.indrelid {EQ} %(oid)s AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
     AND i.indpred IS NULL AND i.indexprs IS NULL
     AND (SELECT pg_catalog.array_agg(u.n ORDER BY u.n)
            FROM pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts {MINUS} 1]) u(n)) {EQ} wanted.numbers
)
SELECT (SELECT pg_catalog.min(c.relname::pg_catalog.text)
          FROM inferred f JOIN pg_catalog.pg_class c ON c.oid {EQ} f.indexrelid WHERE f.usable),
       EXISTS (SELECT 1 FROM inferred f WHERE NOT f.usable)"""
"""Of the unique indexes that PostgreSQL would infer for ON CONFLICT (key), one that can be relied on.

Second column: whether there is one that cannot be (deferrable, or with another equality than the column's); then ON
CONFLICT fails or drops rows, because all matching indexes become arbiters.
"""

EQUALITIES = f"""
WITH RECURSIVE plain AS (
  SELECT a.attname, a.atttypid AS written, a.atttypid AS type
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid {EQ} %(oid)s AND a.attnum {GT} 0 AND NOT a.attisdropped
     AND a.attname {EQ} ANY (%(columns)s::pg_catalog.text[])
  UNION ALL
  SELECT p.attname, p.written, t.typbasetype
    FROM plain p JOIN pg_catalog.pg_type t ON t.oid {EQ} p.type WHERE t.typtype {EQ} 'd'
), found AS (
  SELECT DISTINCT ON (p.attname) p.attname, p.written, o.opcfamily, o.opcintype, i.typtype {EQ} 'p' AS is_any,
         s.nspname AS type_schema, i.typname AS type_name
    FROM plain p
    JOIN pg_catalog.pg_type t ON t.oid {EQ} p.type AND t.typtype {NE} 'd'
    JOIN pg_catalog.pg_opclass o ON o.opcdefault
    JOIN pg_catalog.pg_am m ON m.oid {EQ} o.opcmethod AND m.amname {EQ} 'btree'
    JOIN pg_catalog.pg_type i ON i.oid {EQ} o.opcintype
    JOIN pg_catalog.pg_namespace s ON s.oid {EQ} i.typnamespace
   WHERE o.opcintype {EQ} t.oid
      OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast c
                  WHERE c.castsource {EQ} t.oid AND c.casttarget {EQ} o.opcintype
                    AND c.castmethod {EQ} 'b' AND c.castcontext {EQ} 'i')
      OR i.typname {EQ} 'anyenum' AND t.typtype {EQ} 'e'
      OR i.typname {EQ} 'anyrange' AND t.typtype {EQ} 'r'
      OR i.typname {EQ} 'anymultirange' AND t.typtype {EQ} 'm'
      OR i.typname {EQ} 'record' AND t.typtype {EQ} 'c'
      OR i.typname {EQ} 'anyarray' AND EXISTS (SELECT 1 FROM pg_catalog.pg_type e WHERE e.typarray {EQ} t.oid)
   ORDER BY p.attname, o.opcintype {EQ} t.oid DESC, i.typispreferred DESC
)
SELECT f.attname::pg_catalog.text, n.nspname::pg_catalog.text, o.oprname::pg_catalog.text,
       CASE WHEN f.written {NE} f.opcintype AND n.nspname {NE} 'pg_catalog' AND NOT f.is_any
            THEN f.type_schema::pg_catalog.text END,
       CASE WHEN f.written {NE} f.opcintype AND n.nspname {NE} 'pg_catalog' AND NOT f.is_any
            THEN f.type_name::pg_catalog.text END
  FROM found f
  JOIN pg_catalog.pg_amop a
    ON a.amopfamily {EQ} f.opcfamily AND a.amopstrategy {EQ} 3
   AND a.amoplefttype {EQ} f.opcintype AND a.amoprighttype {EQ} f.opcintype
  JOIN pg_catalog.pg_operator o ON o.oid {EQ} a.amopopr
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} o.oprnamespace"""
"""The equality of each column: that of the default btree operator class of its type, as GROUP BY and unique indexes
use it. Which class that is: GetDefaultOpClass in PostgreSQL's src/backend/commands/indexcmds.c. Columns without one
(json, point …) are not in the answer. Last, the type to cast both sides to, where another operator might fit better.
"""

ZONED = f"""
WITH RECURSIVE parts AS (
  SELECT a.attname, a.atttypid AS type
    FROM pg_catalog.pg_attribute a WHERE a.attrelid {EQ} %(oid)s AND a.attnum {GT} 0 AND NOT a.attisdropped
  UNION
  SELECT p.attname, i.type
    FROM parts p
    JOIN LATERAL (
      SELECT t.typbasetype AS type FROM pg_catalog.pg_type t WHERE t.oid {EQ} p.type AND t.typtype {EQ} 'd'
      UNION ALL
      SELECT t.typelem FROM pg_catalog.pg_type t WHERE t.oid {EQ} p.type AND t.typcategory {EQ} 'A'
      UNION ALL
      SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid {EQ} p.type OR r.rngmultitypid {EQ} p.type
      UNION ALL
      SELECT a.atttypid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} t.typrelid
       WHERE t.oid {EQ} p.type AND t.typtype {EQ} 'c' AND a.attnum {GT} 0 AND NOT a.attisdropped
    ) i ON true
)
SELECT DISTINCT p.attname::pg_catalog.text FROM parts p
 WHERE p.type {EQ} 'pg_catalog.timestamptz'::pg_catalog.regtype
    OR p.type {EQ} 'pg_catalog.timetz'::pg_catalog.regtype"""
"""The columns of a type that has a time zone, were it inside a domain, an array, a range or a composite."""

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
