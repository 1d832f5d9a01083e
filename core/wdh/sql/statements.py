"""The statements of an apply, as text. No values: rows travel by COPY into a stage or straight into the target.

The *stage* is a temporary table with the target's own types and collations, columns ``c0, c1 …`` in the order of the
step's columns and ``rn``, the row's number. It lives as long as its step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from wdh.sql.identifiers import Target, quote_ident, quote_list
from wdh.sql.operators import EQ, GT, SYSTEM_EQUALITY, Equality, differs, gap, matches

Equalities = Sequence[Equality]
"""How each column of a key is compared; empty: all by the system's own equality."""

Patterns = Mapping[str, str]
"""The patterns of provisional values, by column."""

NO_PATTERNS: Patterns = MappingProxyType({})


class Standing(Struct, frozen=True):
    """The traits of rows that stand in for others: values of ``patterns`` match, by column.

    Of ``nullable`` columns NULL is the same as NULL.
    """

    patterns: tuple[tuple[str, str], ...]
    nullable: tuple[str, ...] = ()


STAGE_NAME = "wdh_stage"
STAGE = f'pg_temp."{STAGE_NAME}"'
"""The one stage; named with its schema, so that no table of the warehouse can stand in for it."""

_FROM_STDIN = "FROM STDIN (ENCODING 'UTF8')"  # as the text is, whatever the encoding of a caller's connection

READ_STAGE = f"""COPY (SELECT s."rn", s."c0" FROM {STAGE} s) TO STDOUT (ENCODING 'UTF8')"""
"""Read the one column of a stage back, as its type writes it; a cast to text may write it otherwise."""

DROP_STAGE = f"DROP TABLE {STAGE}"

SAVEPOINT = 'SAVEPOINT "wdh_step"'
RELEASE = 'RELEASE SAVEPOINT "wdh_step"'
BACK_TO_SAVEPOINT = 'ROLLBACK TO SAVEPOINT "wdh_step"'
"""Around each staged step, so that the server can be asked which of its rows it refuses."""

RUN_STATEMENT = """
DO $wdh$
DECLARE rows pg_catalog.int8;
BEGIN
  EXECUTE pg_catalog.current_setting('wdh.statement');
  GET DIAGNOSTICS rows = ROW_COUNT;
  PERFORM pg_catalog.set_config('wdh.rows', rows::pg_catalog.text, true);
END $wdh$;
SELECT pg_catalog.current_setting('wdh.rows')::bigint"""
"""Run the text that was told as ``wdh.statement``, and give the rows it touched."""

CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
"""Brings the errors of deferred constraints forward, to before COMMIT."""


DROP_TEMPORARY = "DISCARD TEMP"
"""Drops what statements of one domain left in the session, before those of the next."""


def lock_tables(targets: Sequence[Target]) -> str:
    """Lock every target against other writers, readers go on. The order must be the same for every run."""
    return f"LOCK TABLE {', '.join(target.sql for target in targets)} IN SHARE ROW EXCLUSIVE MODE"


def create_stage(target: Target, columns: Sequence[str]) -> str:
    """Make a stage with the target's types, no rows, no constraints."""
    columns_sql = ", ".join(f't.{quote_ident(column)} AS "c{place}"' for place, column in enumerate(columns))
    return (
        f"CREATE TEMP TABLE {STAGE} ON COMMIT DROP AS\n"
        f'SELECT {columns_sql}, 0::bigint AS "rn"\n'
        f"  FROM {target.sql} t WITH NO DATA"
    )


def copy_stage(columns: Sequence[str], *, order: Sequence[str] | None = None) -> str:
    """Fill a stage by COPY: the values of ``columns``, then the row's number.

    ``order`` is that of the columns in the stage; None: it is the same.
    """
    places = range(len(columns)) if order is None else map(list(order).index, columns)
    names = ", ".join(f'"c{place}"' for place in places)
    return f'COPY {STAGE} ({names}, "rn") {_FROM_STDIN}'


def repeated_keys(key: Sequence[str], columns: Sequence[str]) -> str:
    """Find candidates that PostgreSQL takes for the same key though their text differs: numbers of two of them."""
    key_sql = ", ".join(f's."c{columns.index(column)}"' for column in key)
    return (
        f'SELECT pg_catalog.min(s."rn"), pg_catalog.max(s."rn") FROM {STAGE} s\n'
        f" GROUP BY {key_sql} HAVING pg_catalog.count(*) {GT} 1 LIMIT 20"
    )


def known_keys(target: Target, key: Sequence[str], *, equal: Equalities = (), standing: Standing | None = None) -> str:
    """Ask which staged keys the target has: their numbers. The stage has the key first."""
    row = f"SELECT 1 FROM {target.sql} d WHERE {_same_scope(key, equal, standing)}"
    return f'SELECT s."rn" FROM {STAGE} s\n WHERE EXISTS ({row})'


def missing_keys(target: Target, key: Sequence[str], *, equal: Equalities = ()) -> str:
    """Ask which staged keys the target does not have: the numbers of some. The stage has the key first."""
    return f'SELECT s."rn" FROM {STAGE} s\n WHERE NOT EXISTS ({_row_of(target, key, equal)})\n ORDER BY 1 LIMIT 5'


def ambiguous_keys(target: Target, key: Sequence[str], *, equal: Equalities = ()) -> str:
    """Ask which staged keys several rows of the target have: the numbers of some. The stage has the key first."""
    return (
        f'SELECT s."rn" FROM {STAGE} s JOIN {target.sql} d ON {_same_key(key, equal)}\n'
        f' GROUP BY s."rn" HAVING pg_catalog.count(*) {GT} 1 ORDER BY 1 LIMIT 5'
    )


def count_in_scope(target: Target, columns: Sequence[str], *, equal: Equalities = (), only: bool = False) -> str:
    """Count the target's rows of the staged scopes; with ``only`` those that are in no child of it."""
    same, table = _same_key(columns, equal), f"ONLY {target.sql}" if only else target.sql
    return f"SELECT pg_catalog.count(*) FROM {table} d WHERE EXISTS (SELECT 1 FROM {STAGE} s WHERE {same})"


def empty_cells(
    target: Target, key: Sequence[str], column: str, *, equal: Equalities = (), pattern: str | None = None
) -> str:
    """Ask for which staged keys a column of the target is NULL: their numbers. The stage holds the key alone.

    What matches ``pattern`` counts as NULL.
    """
    place = f"d.{quote_ident(column)}"
    empty = f"{place} IS NULL" + ("" if pattern is None else f" OR {matches(place, pattern)}")
    return f'SELECT DISTINCT s."rn" FROM {STAGE} s JOIN {target.sql} d ON {_same_key(key, equal)} WHERE {empty}'


def _row_of(target: Target, key: Sequence[str], equal: Equalities) -> str:
    return f"SELECT 1 FROM {target.sql} d WHERE {_same_key(key, equal)}"


def _same_key(key: Sequence[str], equal: Equalities) -> str:
    return " AND ".join(
        how.compare(f"d.{quote_ident(column)}", f's."c{place}"')
        for place, (column, how) in enumerate(zip(key, equal or (SYSTEM_EQUALITY,) * len(key), strict=True))
    )


def insert_missing(
    target: Target, *, key: Sequence[str], columns: Sequence[str], on_conflict: bool, equal: Equalities = ()
) -> str:
    """Insert the candidates whose key the target does not have; ``columns`` are the stage's, the key first.

    The anti-join keeps identity values from being used up; the order keeps two runs from deadlocking. With
    ``on_conflict`` a key that appears in between is left alone by name of its columns, which needs a unique index on
    exactly these; without, the table lock alone keeps others away.
    """
    places = [f's."c{place}"' for place in range(len(columns))]
    conflict = f"\nON CONFLICT ({quote_list(tuple(key))}) DO NOTHING" if on_conflict else ""
    return (
        f"INSERT INTO {target.sql} ({quote_list(tuple(columns))})\n"
        f"SELECT {', '.join(places)}\n"
        f"  FROM {STAGE} s\n"
        f" WHERE NOT EXISTS ({_row_of(target, key, equal)})\n"
        f" ORDER BY {', '.join(places[: len(key)])}{conflict}"
    )


def fill_null_only(
    target: Target,
    *,
    key: Sequence[str],
    columns: Sequence[str],
    equal: Equalities = (),
    patterns: Patterns = NO_PATTERNS,
) -> str:
    """Fill the columns that are NULL in the target and not NULL in the candidate; whatever is there stays.

    A value that matches the pattern of its column counts as NULL where the candidate has one that does not.
    ``columns`` are the stage's: the key first, then what may be filled. The NULL test is in the WHERE of the UPDATE
    itself, where PostgreSQL looks again after waiting for another writer.
    """
    filled = [(column, f's."c{place}"') for place, column in enumerate(columns) if column not in key]
    sets = ",\n       ".join(_fill(column, value, patterns.get(column)) for column, value in filled)
    return (
        f"UPDATE {target.sql} d\n   SET {sets}\n  FROM {STAGE} s\n"
        f" WHERE {_same_key(key, equal)}\n   AND ({_gaps(key, columns, patterns)})"
    )


Compared = Mapping[str, Equality | None]
"""How the values of each of some columns are compared; None: PostgreSQL cannot, and their texts are."""


def update_differing(
    target: Target,
    *,
    key: Sequence[str],
    columns: Sequence[str],
    assigned: Sequence[str],
    compared: Compared,
    equal: Equalities = (),
) -> str:
    """Give rows that have a staged key its values of ``assigned``, where one of ``compared`` differs.

    ``columns`` are the stage's, the key first.
    """
    sets = ",\n       ".join(f'{quote_ident(column)} = s."c{columns.index(column)}"' for column in assigned)
    return (
        f"UPDATE {target.sql} d\n   SET {sets}\n  FROM {STAGE} s\n"
        f" WHERE {_same_key(key, equal)}\n   AND ({_differs(columns, compared)})"
    )


def unwritten(
    target: Target, *, key: Sequence[str], columns: Sequence[str], compared: Compared, equal: Equalities = ()
) -> str:
    """Ask which staged keys the target lacks, or has with another value of ``compared``: the numbers of some."""
    same = f" AND NOT ({_differs(columns, compared)})" if compared else ""
    row = f"{_row_of(target, key, equal)}{same}"
    return f'SELECT s."rn" FROM {STAGE} s\n WHERE NOT EXISTS ({row})\n ORDER BY 1 LIMIT 5'


def _differs(columns: Sequence[str], compared: Compared) -> str:
    return "\n        OR ".join(
        differs(f"d.{quote_ident(column)}", f's."c{columns.index(column)}"', equal)
        for column, equal in compared.items()
    )


def _fill(column: str, value: str, pattern: str | None) -> str:
    name = quote_ident(column)
    if pattern is None:
        return f"{name} = coalesce(d.{name}, {value})"
    return f"{name} = CASE WHEN {gap(f'd.{name}', value, pattern)} THEN {value} ELSE d.{name} END"


def unfilled(
    target: Target,
    *,
    key: Sequence[str],
    columns: Sequence[str],
    equal: Equalities = (),
    patterns: Patterns = NO_PATTERNS,
) -> str:
    """Ask for which staged rows a fill would still find something to do: the numbers of some."""
    return (
        f'SELECT DISTINCT s."rn" FROM {STAGE} s JOIN {target.sql} d ON {_same_key(key, equal)}\n'
        f" WHERE {_gaps(key, columns, patterns)} ORDER BY 1 LIMIT 5"
    )


def _gaps(key: Sequence[str], columns: Sequence[str], patterns: Patterns) -> str:
    return "\n        OR ".join(
        f"({gap(f'd.{quote_ident(column)}', f's.{chr(34)}c{place}{chr(34)}', patterns.get(column))})"
        for place, column in enumerate(columns)
        if column not in key
    )


def delete_scope(
    target: Target, *, columns: Sequence[str], equal: Equalities = (), standing: Standing | None = None
) -> str:
    """Delete all rows of the staged scopes; with ``standing`` those that stand in for the staged facts."""
    return f"DELETE FROM {target.sql} d\n USING {STAGE} s\n WHERE {_same_scope(columns, equal, standing)}"


def _same_scope(columns: Sequence[str], equal: Equalities, standing: Standing | None) -> str:
    if standing is None:
        return _same_key(columns, equal)
    tests = [matches(f"d.{quote_ident(column)}", pattern) for column, pattern in standing.patterns]
    for place, (column, how) in enumerate(zip(columns, equal or (SYSTEM_EQUALITY,) * len(columns), strict=True)):
        old, new = f"d.{quote_ident(column)}", f's."c{place}"'
        same = how.compare(old, new)
        tests.append(f"({same} OR ({old} IS NULL AND {new} IS NULL))" if column in standing.nullable else same)
    return " AND ".join(tests)


def any_row(target: Target) -> str:
    """Ask whether a table holds anything."""
    return f"SELECT EXISTS (SELECT 1 FROM {target.sql})"


def count_rows(target: Target) -> str:
    """Count the rows of a table, in a test that a new package is given: a database of its own, and to be read."""
    return f"SELECT count(*) FROM {target.sql}"


def select_rows(
    target: Target,
    columns: Sequence[str],
    *,
    equal: Mapping[str, Equality] | None = None,
    null: Sequence[str] = (),
    most: int | None = None,
) -> str:
    """Read ``columns`` of the rows in which each of ``equal`` has the value given for it, and each of ``null`` none.

    ``most`` is how many of them are read; None: all.
    The one statement with placeholders beside names: with ``equal``, every % of a name is doubled for psycopg2.
    """
    text = f"SELECT {quote_list(tuple(columns), prefix='t.')}\n  FROM {target.sql} t"
    tests = [f"t.{quote_ident(column)} IS NULL" for column in null]
    if equal:
        text = text.replace("%", "%%")
        tests = [test.replace("%", "%%") for test in tests]
        compared = (how.compare(f"t.{quote_ident(name)}", "\0") for name, how in equal.items())  # no name has a NUL
        tests += [test.replace("%", "%%").replace("\0", "%s") for test in compared]
    limit = "" if most is None else f"\n LIMIT {most:d}"
    return text + ("\n WHERE " + " AND ".join(tests) if tests else "") + limit


def insert_rows(target: Target, *, columns: Sequence[str]) -> str:
    """Insert all staged rows, in their order."""
    places = ", ".join(f's."c{place}"' for place in range(len(columns)))
    return (
        f'INSERT INTO {target.sql} ({quote_list(tuple(columns))})\nSELECT {places}\n  FROM {STAGE} s\n ORDER BY s."rn"'
    )


def create_named_stage(stage: Target, target: Target, columns: Sequence[str]) -> str:
    """Make a temporary table with some columns of the target: their names and types, no rows, no constraints."""
    return (
        f"CREATE TEMP TABLE {stage.sql} ON COMMIT DROP AS\n"
        f"SELECT {quote_list(tuple(columns), prefix='t.')}\n  FROM {target.sql} t WITH NO DATA"
    )


def analyze(target: Target) -> str:
    """Let PostgreSQL count the values of a temporary table, which nothing else does."""
    return f"ANALYZE {target.sql}"


def copy_rows(target: Target, columns: Sequence[str]) -> str:
    """Send rows straight into the target by COPY."""
    return f"COPY {target.sql} ({quote_list(tuple(columns))}) {_FROM_STDIN}"


def rows_as_text(target: Target, columns: Sequence[str]) -> str:
    """Read some columns of every row, each value as PostgreSQL writes it."""
    shown = ", ".join(f"{quote_ident(column)}::pg_catalog.text" for column in columns)
    return f"SELECT {shown} FROM {target.sql}"


def unreferenced_rows(
    reference: Target,
    facts: Target,
    *,
    key: tuple[str, ...],
    created_by: str,
    sources: Mapping[str, tuple[str, Equality]],
) -> str:
    """Ask for the keys, as text, of 20 reference rows at most to which no fact refers, each with how many there are.

    The rows are those of the run whose id is told as wdh.run_id. ``sources`` has for columns of the key the fact
    column that they come from, and how the two are compared.
    """
    shown = ", ".join(f"r.{quote_ident(column)}::pg_catalog.text" for column in key)
    same = " AND ".join(
        how.compare(f"f.{quote_ident(source)}", f"r.{quote_ident(column)}") for column, (source, how) in sources.items()
    )
    return (
        f"SELECT pg_catalog.count(*) OVER (), {shown}\n  FROM {reference.sql} r\n"
        f" WHERE r.{quote_ident(created_by)}::pg_catalog.text {EQ} pg_catalog.current_setting('wdh.run_id')\n"
        f"   AND NOT EXISTS (SELECT 1 FROM {facts.sql} f WHERE {same})\n"
        f" ORDER BY {quote_list(key, prefix='r.')} LIMIT 20"
    )
