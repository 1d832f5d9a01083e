"""Questions by which a warehouse and its tables are known again. Values only, no identifiers.

None needs more than what every role may do.
"""

from __future__ import annotations

from wdh.sql.operators import EQ, GT, NE

DATABASE = f"""
SELECT d.oid::pg_catalog.text, d.datname::pg_catalog.text,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
  FROM pg_catalog.pg_database d WHERE d.datname {EQ} pg_catalog.current_database()"""
"""The database by number and name, and whether the role may ask which server this is: every role may, unless the
privilege was taken from it."""

SYSTEM = "SELECT c.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() c"
"""The number that initdb gave the server; a copy of its files, and a standby, have the same:
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA"""

READ_PATH = "SELECT pg_catalog.current_setting('search_path')"
SET_PATH = "SELECT pg_catalog.set_config('search_path', %s, true)"
"""For the transaction. With an empty path PostgreSQL writes every name in a definition with its schema."""

_MEMBERS = f"""
WITH RECURSIVE tree AS (
  SELECT %(oid)s::pg_catalog.oid AS oid
  UNION
  SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} t.oid
), member AS (
  SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relpartbound,
         CASE WHEN c.oid {NE} %(oid)s THEN pg_catalog.format('%%I.%%I: ', n.nspname, c.relname) ELSE '' END AS of
    FROM tree t
    JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
)"""

_TABLES = """
SELECT 'table' AS kind, pg_catalog.concat(m.of, 'kind') AS name,
       pg_catalog.concat(CASE m.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                                        ELSE pg_catalog.concat('relkind ', m.relkind) END,
                         CASE m.relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END) AS shown,
       pg_catalog.pg_get_expr(m.relpartbound, m.oid) AS hidden
  FROM member m"""

_COLUMNS = f"""
SELECT 'columns', pg_catalog.concat(m.of, a.attname),
       pg_catalog.concat(pg_catalog.format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN ', not null' ELSE '' END,
                         CASE WHEN a.attgenerated {NE} '' THEN ', generated' ELSE '' END,
                         CASE a.attidentity WHEN 'a' THEN ', identity always' WHEN 'd' THEN ', identity' ELSE '' END),
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(d.adbin, d.adrelid), o.collname, t.typdefault,
                            CASE WHEN t.typnotnull THEN 'not null' END,
                            (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' '
                                                          ORDER BY k.conname)
                               FROM pg_catalog.pg_constraint k WHERE k.contypid {EQ} t.oid))
  FROM member m
  JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} m.oid AND a.attnum {GT} 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid {EQ} a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid {EQ} a.attrelid AND d.adnum {EQ} a.attnum
  LEFT JOIN pg_catalog.pg_collation o ON o.oid {EQ} a.attcollation AND o.collname {NE} 'default'"""

_INDEXES = f"""
SELECT 'unique indexes', pg_catalog.concat(m.of, c.relname),
       (SELECT pg_catalog.string_agg(coalesce(a.attname::pg_catalog.text, 'an expression'), ', ' ORDER BY k.place)
          FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid {EQ} m.oid AND a.attnum {EQ} k.number),
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid), i.indimmediate, i.indisvalid)
  FROM member m
  JOIN pg_catalog.pg_index i ON i.indrelid {EQ} m.oid AND i.indisunique
  JOIN pg_catalog.pg_class c ON c.oid {EQ} i.indexrelid"""

_CONSTRAINTS = f"""
SELECT 'constraints', pg_catalog.concat(m.of, k.conname),
       CASE k.contype WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclude'
                      ELSE pg_catalog.format('references %%I.%%I', n.nspname, c.relname) END,
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_constraintdef(k.oid), k.convalidated)
  FROM member m
  JOIN pg_catalog.pg_constraint k
    ON k.conrelid {EQ} m.oid AND k.contype {EQ} ANY ('{{c,x,f}}'::pg_catalog."char"[])
  LEFT JOIN pg_catalog.pg_class c ON c.oid {EQ} k.confrelid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace"""

_CASCADES = f"""
SELECT 'cascading keys', pg_catalog.format('%%s%%I of %%I.%%I', m.of, k.conname, n.nspname, c.relname),
       CASE k.confdeltype WHEN 'c' THEN 'deletes rows' WHEN 'n' THEN 'sets NULL' ELSE 'sets defaults' END,
       pg_catalog.pg_get_constraintdef(k.oid)
  FROM member m
  JOIN pg_catalog.pg_constraint k
    ON k.confrelid {EQ} m.oid AND k.contype {EQ} 'f' AND k.confdeltype {EQ} ANY ('{{c,n,d}}'::pg_catalog."char"[])
  JOIN pg_catalog.pg_class c ON c.oid {EQ} k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace"""

_TRIGGERS = f"""
SELECT 'triggers', pg_catalog.concat(m.of, g.tgname),
       CASE g.tgenabled WHEN 'D' THEN 'off' WHEN 'R' THEN 'on a replica' WHEN 'A' THEN 'always' ELSE 'on' END,
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.pg_get_functiondef(g.tgfoid))
  FROM member m
  JOIN pg_catalog.pg_trigger g ON g.tgrelid {EQ} m.oid AND NOT g.tgisinternal"""

_RULES = f"""
SELECT 'rules', pg_catalog.concat(m.of, r.rulename), CASE r.ev_enabled WHEN 'D' THEN 'off' ELSE 'on' END,
       pg_catalog.concat_ws(' ', pg_catalog.pg_get_ruledef(r.oid), r.ev_enabled)
  FROM member m
  JOIN pg_catalog.pg_rewrite r ON r.ev_class {EQ} m.oid AND r.ev_type {NE} '1'"""

_ROW_SECURITY = f"""
SELECT 'row security', pg_catalog.concat(m.of, 'enabled'),
       CASE WHEN m.relforcerowsecurity THEN 'for all roles, the owner too' ELSE 'for other roles than the owner' END,
       NULL
  FROM member m WHERE m.relrowsecurity
UNION ALL
SELECT 'row security', pg_catalog.concat(m.of, 'policy ', p.polname), CASE WHEN p.polpermissive THEN 'permits'
                                                                           ELSE 'restricts' END,
       pg_catalog.concat_ws(' ', p.polcmd, p.polroles, pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check',
                            pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM member m
  JOIN pg_catalog.pg_policy p ON p.polrelid {EQ} m.oid"""

TRAITS = (
    _MEMBERS
    + "\nUNION ALL".join((_TABLES, _COLUMNS, _INDEXES, _CONSTRAINTS, _CASCADES, _TRIGGERS, _RULES, _ROW_SECURITY))
    + "\n ORDER BY 1, 2"
)
"""The traits of a table, its partitions and its children: kind, name, what may be shown, and the definition.

A definition (a default, a check, the body of a trigger's function) may hold values of the business; NULL or empty:
there is none. What belongs to a partition or a child has its name in front.
"""
