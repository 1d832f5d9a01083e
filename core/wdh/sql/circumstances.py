"""Questions about why a server refused something, asked once everything is rolled back. Values only, no identifiers."""

from __future__ import annotations

from wdh.sql.operators import EQ, NE

BRIEFLY = """
SELECT pg_catalog.set_config('lock_timeout', '1s', true), pg_catalog.set_config('statement_timeout', '5s', true)"""
"""No question is worth a long wait."""

LIMITS = f"""
SELECT s.name, pg_catalog.current_setting(s.name), s.source, pg_catalog.quote_ident(session_user),
       pg_catalog.quote_ident(pg_catalog.current_database())
  FROM pg_catalog.pg_settings s
 WHERE s.name {EQ} ANY (%s::pg_catalog.text[]) AND s.setting {NE} '0' AND s.setting {NE} 'off'
 ORDER BY 1"""
"""The settings that can end or forbid a run and that are set: name, value, where from, role and database."""

IS_STANDBY = "SELECT pg_catalog.pg_is_in_recovery()"

TARGET = f"""
  SELECT c.oid, c.relnamespace, n.nspname, pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS place
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
   WHERE c.relname {EQ} %(table)s::pg_catalog.text
     AND (n.nspname {EQ} %(schema)s::pg_catalog.text
          OR %(schema)s::pg_catalog.text IS NULL AND pg_catalog.pg_table_is_visible(c.oid))
   LIMIT 1"""
"""A table by its schema (None: the search_path's) and its name, to be put into a WITH."""

UNIDENTIFIED = f"""
WITH RECURSIVE target AS ({TARGET}
), tree AS (
  SELECT t.oid FROM target t
  UNION
  SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent {EQ} t.oid
), published AS (
  SELECT p.pubname
    FROM tree t
    JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
    JOIN pg_catalog.pg_publication_tables p ON p.schemaname {EQ} n.nspname AND p.tablename {EQ} c.relname
)
SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname),
       (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(p.pubname), ', ') FROM published p)
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid {EQ} t.oid AND c.relkind {EQ} 'r'
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
 WHERE EXISTS (SELECT 1 FROM published p)
   AND (c.relreplident {EQ} 'n'
        OR c.relreplident {EQ} 'd'
           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid {EQ} c.oid AND i.indisprimary)
        OR c.relreplident {EQ} 'i'
           AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid {EQ} c.oid AND i.indisreplident))
 ORDER BY 1"""
"""The table and those of its partitions that are published without a replica identity, and in which publications.

From such a table nothing can be deleted, and no row of it changed:
https://www.postgresql.org/docs/current/logical-replication-publication.html."""

REFERRING = f"""
WITH RECURSIVE family AS (
  SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace
   WHERE n.nspname {EQ} %(schema)s::pg_catalog.text AND c.relname {EQ} %(table)s::pg_catalog.text
  UNION
  SELECT i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid {EQ} f.oid
)
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text
  FROM family f
  JOIN pg_catalog.pg_class c ON c.oid {EQ} f.oid
  JOIN pg_catalog.pg_namespace n ON n.oid {EQ} c.relnamespace"""
"""A table, and all that it is a part of: schema and name."""
