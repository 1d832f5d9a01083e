"""The questions of a forecast: what the rows of a plan meet in a table. SELECT alone, without a temporary table.

Rows travel as arrays of texts, one for each column, and are cast to the types of the table's columns. Like
select_rows(), these statements have placeholders beside names: every % of a name is doubled for psycopg2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from wdh.sql.identifiers import Target, quote_ident, quote_qualified
from wdh.sql.operators import EQ, LT, MINUS, Equality, differs, gap, matches

SAVEPOINT = 'SAVEPOINT "wdh_forecast"'
RELEASE = 'RELEASE SAVEPOINT "wdh_forecast"'
BACK_TO_SAVEPOINT = 'ROLLBACK TO SAVEPOINT "wdh_forecast"'
"""Around each question: what it sets goes, and a value that the server refuses spoils that question alone."""

BY_HASHING = f"""
SELECT pg_catalog.set_config('enable_mergejoin', 'off', true), pg_catalog.set_config('enable_sort', 'off', true),
       CASE WHEN pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem'))
                 {LT} pg_catalog.pg_size_bytes('32MB')
            THEN pg_catalog.set_config('work_mem', '32MB', true) END"""
"""Let PostgreSQL join and group by hashing: of a table that was just loaded it knows too little to see that sorting all
facts takes three times as long."""

_VALUES = "\0"
"""Stands for a placeholder until all names are written; no name has a NUL."""

_NUMERIC = "pg_catalog.numeric"


class Asked(Struct, frozen=True):
    """A column whose values are sent or read: its name, its type with all domains taken off, and its equality.

    ``equal`` None: PostgreSQL cannot compare its values. ``pattern`` is that of its provisional values; in a scope,
    such a column is matched by it, and not sent. ``is_nullable``: NULL is the same as NULL.
    """

    name: str
    type_schema: str
    type_name: str
    equal: Equality | None = None
    pattern: str | None = None
    is_nullable: bool = False

    def cast(self, value: str) -> str:
        """Write an expression as a value of the column's type."""
        return f"{value}::{quote_qualified(self.type_schema, self.type_name)}"

    def same(self, left: str, right: str) -> str:
        """Write the comparison of two expressions. Raises ValueError where they cannot be compared."""
        if self.equal is None:
            raise ValueError(f"the values of {self.name} cannot be compared")
        same = self.equal.compare(left, right)
        return f"({same} OR ({left} IS NULL AND {right} IS NULL))" if self.is_nullable else same


class Reach(Struct, frozen=True):
    """The reach of candidates in a reference's table. ``columns`` are sent, the first ``keys`` of them are the key.

    ``filled`` are the places of the columns that may be filled, ``compared`` of those that are held against the table.
    """

    target: Target
    columns: tuple[Asked, ...]
    keys: int
    filled: tuple[int, ...]
    compared: tuple[int, ...]

    @property
    def read(self) -> tuple[int, ...]:
        """The places of the columns that are read of the table."""
        return tuple(sorted({*range(self.keys), *self.filled, *self.compared}))


def count_candidates(reach: Reach, *, shown: int) -> str:
    """Ask what becomes of the candidates: a row of counts, and numbers of the first ``shown`` of three kinds.

    In order: candidates that are not in the table; rows that would be filled; candidates that fill one; the numbers
    (from 1) of the missing, of those that fill, of those that differ; then for each of ``filled`` its gaps, and for
    each of ``compared`` the values that differ. A placeholder for each column.
    """
    gaps = {place: _gap(reach, place) for place in reach.filled}
    clashes = {place: _clash(reach, place) for place in reach.compared}
    any_gap, any_clash = (" OR ".join(f"({test})" for test in tests.values()) or "false" for tests in (gaps, clashes))
    counted = [
        'pg_catalog.count(d."hit") AS "met"',
        f'pg_catalog.count(*) FILTER (WHERE d."hit" AND ({any_gap})) AS "rows"',
        f'pg_catalog.count(*) FILTER (WHERE d."hit" AND ({any_clash})) AS "clashes"',
        *(f'pg_catalog.count(*) FILTER (WHERE d."hit" AND {test}) AS "g{place}"' for place, test in gaps.items()),
        *(f'pg_catalog.count(*) FILTER (WHERE d."hit" AND {test}) AS "x{place}"' for place, test in clashes.items()),
    ]
    sums = [f'coalesce(pg_catalog.sum(n."{name}{place}"), 0)' for name, places in _named(reach) for place in places]
    asked = [
        f'pg_catalog.count(*) FILTER (WHERE n."met" {EQ} 0)',
        'coalesce(pg_catalog.sum(n."rows"), 0)',
        f'pg_catalog.count(*) FILTER (WHERE NOT n."rows" {EQ} 0)',
        _first(f'n."met" {EQ} 0', shown),
        _first(f'NOT n."rows" {EQ} 0', shown),
        _first(f'NOT n."clashes" {EQ} 0', shown),
        *sums,
    ]
    return _with_values(
        f"SELECT {_listed(asked)}\n"
        f'  FROM (SELECT c."rn", {_listed(counted)}\n'
        f"          FROM {_candidates(reach.columns)}\n"
        f"          LEFT JOIN {_table(reach)} ON {_same_key(reach)}\n"
        '         GROUP BY c."rn") n'
    )


def count_moves(reach: Reach, *, updated: Sequence[int], period: int | None, amounts: Sequence[int]) -> str:
    """Ask what an upsert of some facts does to each period: a row for each, with the period as text.

    How many facts are inserted and updated, how many more come by an update than go, and for each of ``amounts`` what
    its sum and the sum of its absolute values grow by. All of these are places in the columns of ``reach``; a fact
    that differs in none of the ``updated`` stays as it is. A placeholder for each column.
    """
    differing = " OR ".join(differs(f'd."c{place}"', f'c."c{place}"', reach.columns[place].equal) for place in updated)
    kept = dict.fromkeys((*([] if period is None else [period]), *amounts))
    sides = ['d."hit"']
    sides += [f'{side}."c{place}" AS "{name}{place}"' for place in kept for side, name in (("c", "n"), ("d", "o"))]
    come = [_number(_then(place, updated)) for place in amounts]
    go = [_number(f'm."o{place}"') for place in amounts]
    old, new = ("NULL", "NULL") if period is None else (f'm."o{period}"', _then(period, updated))
    is_new, was_there = 'CASE WHEN m."hit" THEN 0 ELSE 1 END', 'CASE WHEN m."hit" THEN 1 ELSE 0 END'
    arrival = ["false", _text(new), is_new, was_there, was_there, *come, *map(_size, come)]
    departure = ["true", _text(old), "0", "0", "-1", *map(_less, (*go, *map(_size, go)))]
    sums = [f'"a{place}"' for place in range(2 * len(amounts))]
    counted = [f"pg_catalog.sum(v.{name})" for name in ('"inserted"', '"updated"', '"moved"', *sums)]
    return _with_values(
        f'SELECT v."period", {_listed(counted)}\n'
        f"  FROM (SELECT {_listed(sides)}\n"
        f"          FROM {_candidates(reach.columns)}\n"
        f"          LEFT JOIN {_table(reach)} ON {_same_key(reach)}\n"
        f'         WHERE d."hit" IS NULL OR {differing or "false"} OFFSET 0) m\n'
        f" CROSS JOIN LATERAL (VALUES ({_listed(arrival)}),\n                            ({_listed(departure)}))\n"
        f"       v({_listed(['departs', 'period', 'inserted', 'updated', 'moved', *sums])})\n"
        ' WHERE m."hit" OR NOT v."departs"\n'
        ' GROUP BY v."period"'
    )


def _then(place: int, updated: Sequence[int]) -> str:
    """Write the value that the table has in a column once a fact is upserted."""
    new = f'm."n{place}"'
    return new if place in updated else f'(CASE WHEN m."hit" THEN m."o{place}" ELSE {new} END)'


def _number(value: str) -> str:
    return f"coalesce({value}::{_NUMERIC}, 0::{_NUMERIC})"


def _size(value: str) -> str:
    return f"pg_catalog.abs({value})"


def _less(value: str) -> str:
    return f"0::{_NUMERIC} {MINUS} {value}"


def show_candidates(reach: Reach) -> str:
    """Ask about a few candidates, one row for each row of the table that they meet, or one: all values as texts.

    The candidate's number from 1, whether it met a row, its key; then for each of ``filled`` and of ``compared``:
    whether there is a gap, or a difference, the table's value, and the candidate's. A placeholder for each column.
    """
    shown = [_text(f'c."c{place}"') for place in range(reach.keys)]
    for place in reach.filled:
        shown.append(f'coalesce(d."hit" AND {_gap(reach, place)}, false)')
        shown += [_text(f'd."c{place}"'), _text(f'c."c{place}"')]
    for place in reach.compared:
        shown.append(f'coalesce(d."hit" AND {_clash(reach, place)}, false)')
        shown += [_text(f'd."c{place}"'), _text(f'c."c{place}"')]
    return _with_values(
        f'SELECT c."rn", d."hit" IS NOT NULL, {_listed(shown)}\n'
        f"  FROM {_candidates(reach.columns)}\n"
        f"  LEFT JOIN {_table(reach)} ON {_same_key(reach)}\n"
        ' ORDER BY c."rn"'
    )


def repeated_candidates(key: Sequence[Asked]) -> str:
    """Ask whether PostgreSQL takes two of the keys for one though their texts differ. A placeholder for each column."""
    named = ", ".join(f'c."c{place}"' for place in range(len(key)))
    return _with_values(
        f"SELECT EXISTS (SELECT 1 FROM {_candidates(key)} GROUP BY {named}\n"
        f"                HAVING NOT pg_catalog.count(*) {EQ} 1)"
    )


def count_table(target: Target, read: str) -> str:
    """Count the rows of a table by a column that the role may read."""
    return _with_values(f"SELECT pg_catalog.count(*) FROM (SELECT d.{quote_ident(read)} FROM {target.sql} d) d")


def write_periods(period: Asked) -> str:
    """Ask how the column's type writes some values, each with its number from 1. One placeholder."""
    return _with_values(
        f'SELECT u."rn", {_text(period.cast(_column(0)))}\n'
        f'  FROM ROWS FROM (pg_catalog.unnest({_VALUES}::pg_catalog.text[])) WITH ORDINALITY u("c0", "rn")'
    )


def count_facts(
    target: Target,
    *,
    period: Asked | None,
    scopes: Sequence[Sequence[Asked]],
    amounts: Sequence[str],
    all_periods: bool = False,
) -> str:
    """Count and sum the facts of a table in one scan: one row for those of a period that are of a delivered scope.

    Another row for those that are of none. The period as text, whether the scope is delivered, the facts, and whether
    the period is delivered; then for each of ``amounts`` its sum and that of its negative values. ``scopes`` are the
    columns of each delete; ``period`` None: all facts are of one. ``all_periods``: facts of others are counted, too,
    whatever the scopes are. Placeholders: the delivered periods, then the columns of each of ``scopes``.
    """
    delivered = "true" if period is None else 'p."hit"'
    asked = [
        "NULL" if period is None else _text(f"d.{quote_ident(period.name)}"),
        _hit(scopes),
        "pg_catalog.count(*)",
        f"coalesce(pg_catalog.bool_or({delivered}), false)",
    ]
    for amount in amounts:
        value = f"d.{quote_ident(amount)}::{_NUMERIC}"
        chosen = ("", f" FILTER (WHERE {value} {LT} 0::{_NUMERIC})")
        asked += [f"coalesce(pg_catalog.sum({value}){each}, 0::{_NUMERIC})" for each in chosen]
    parts = [*([] if period is None else [f"d.{quote_ident(period.name)}"]), *([_hit(scopes)] if scopes else [])]
    grouped = f"\n GROUP BY {_listed(parts)}" if parts else ""
    return _with_values(
        f"SELECT {_listed(asked)}{_facts(target, period, scopes, is_delivered=not all_periods)}{grouped}"
    )


def list_left_behind(target: Target, *, period: Asked | None, scopes: Sequence[Sequence[Asked]], shown: int) -> str:
    """Ask for the largest scopes of the delivered periods that the delivery does not cover: values as texts, facts.

    They are told by the columns of the first of ``scopes``. Placeholders as for count_facts().
    """
    named = [_text(f"d.{quote_ident(column.name)}") for column in scopes[0]]
    grouped = ", ".join(f"d.{quote_ident(column.name)}" for column in scopes[0])
    tests = [f"NOT {_hit(scopes)}", *([] if period is None else ['p."hit"'])]
    facts = _facts(target, period, scopes, is_delivered=False)
    return _with_values(
        f"SELECT {_listed(named)}, pg_catalog.count(*){facts}\n WHERE {' AND '.join(tests)}\n"
        f" GROUP BY {grouped} ORDER BY pg_catalog.count(*) DESC, {_listed(named)} LIMIT {shown}"
    )


def count_values(target: Target, columns: Sequence[str], *, scopes: Sequence[Sequence[Asked]]) -> str:
    """Count, for each of ``columns``, its values in the facts of a delivered scope. Placeholders: the scopes'."""
    counts = [f"pg_catalog.count(d.{quote_ident(column)}) FILTER (WHERE {_hit(scopes)})" for column in columns]
    return _with_values(f"SELECT {_listed(counts)}{_facts(target, None, scopes)}")


def _facts(
    target: Target, period: Asked | None, scopes: Sequence[Sequence[Asked]], *, is_delivered: bool = True
) -> str:
    """Join the facts with the delivered periods and scopes; each fact comes once.

    Where the period is part of the scope, facts of other periods are of no scope and are passed over.
    """
    joins = []
    if period is not None:
        joins.append(f"  LEFT JOIN {_distinct(target, (period,), 'p')}")
    joins += [f"  LEFT JOIN {_distinct(target, columns, f's{place}')}" for place, columns in enumerate(scopes)]
    is_part = period is not None and all(period.name in {column.name for column in columns} for columns in scopes)
    passed = '\n WHERE p."hit"' if is_part and is_delivered else ""
    return f"\n  FROM {target.sql} d\n" + "\n".join(joins) + passed


def _distinct(target: Target, columns: Sequence[Asked], alias: str) -> str:
    """Write the delivered values as a table, each once as the columns' types and collations have it, and its join.

    The collation is that of the table's own column, which the empty half brings along.
    """
    matched = [column for column in columns if column.pattern is not None]
    columns = [column for column in columns if column.pattern is None]
    names = [f"d.{quote_ident(column.name)}" for column in columns]
    own = _listed([f'{column.cast(names[place])} AS "c{place}"' for place, column in enumerate(columns)])
    sent = _listed([column.cast(_column(place)) for place, column in enumerate(columns)])
    tests = [column.same(names[place], f'{alias}."c{place}"') for place, column in enumerate(columns)]
    tests += [matches(f"d.{quote_ident(column.name)}", column.pattern or "") for column in matched]
    same = " AND ".join(tests)
    kept = _listed([f'q."c{place}"' for place in range(len(columns))])
    return (
        f'(SELECT DISTINCT {kept}, true AS "hit"\n               FROM (SELECT {own} FROM {target.sql} d WHERE false\n'
        f"                     UNION ALL SELECT {sent} FROM {_unnested(len(columns))}) q) {alias}\n    ON {same}"
    )


def _hit(scopes: Sequence[Sequence[Asked]]) -> str:
    return "(" + (" OR ".join(f'coalesce(s{place}."hit", false)' for place in range(len(scopes))) or "false") + ")"


def _candidates(columns: Sequence[Asked]) -> str:
    named = _listed([f'{column.cast(_column(place))} AS "c{place}"' for place, column in enumerate(columns)])
    return f'(SELECT u."rn", {named} FROM {_unnested(len(columns))}) c'


def _unnested(count: int) -> str:
    arrays = ", ".join([f"pg_catalog.unnest({_VALUES}::pg_catalog.text[])"] * count)
    names = ", ".join(f'"c{place}"' for place in range(count))
    return f'ROWS FROM ({arrays}) WITH ORDINALITY u({names}, "rn")'


def _table(reach: Reach) -> str:
    named = _listed([f'd.{quote_ident(reach.columns[place].name)} AS "c{place}"' for place in reach.read])
    return f'(SELECT true AS "hit", {named} FROM {reach.target.sql} d) d'


def _same_key(reach: Reach) -> str:
    return " AND ".join(_same(reach.columns[place], place) for place in range(reach.keys))


def _same(column: Asked, place: int) -> str:
    return column.same(f'd."c{place}"', f'c."c{place}"')


def _gap(reach: Reach, place: int) -> str:
    return gap(f'd."c{place}"', f'c."c{place}"', reach.columns[place].pattern)


def _clash(reach: Reach, place: int) -> str:
    """Write the test whether a value differs from the table's, and does not take its place."""
    differs = f"NOT ({_same(reach.columns[place], place)})"
    is_replaced = place in reach.filled and reach.columns[place].pattern is not None
    return f"{differs} AND NOT ({_gap(reach, place)})" if is_replaced else differs


def _named(reach: Reach) -> Iterable[tuple[str, tuple[int, ...]]]:
    return (("g", reach.filled), ("x", reach.compared))


def _first(test: str, shown: int) -> str:
    return f'(pg_catalog.array_agg(n."rn" ORDER BY n."rn") FILTER (WHERE {test}))[1:{shown}]'


def _text(value: str) -> str:
    return f"{value}::pg_catalog.text"


def _column(place: int) -> str:
    return f'u."c{place}"'


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)


def _with_values(text: str) -> str:
    """Turn what stands for values into placeholders, once every % of a name is doubled."""
    return text.replace("%", "%%").replace(_VALUES, "%s")
