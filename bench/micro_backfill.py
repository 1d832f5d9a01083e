"""Micro benches of the backfill: both modes at several sizes, against the same work by hand.

Usage: ``python micro_backfill.py DSN REPEATS CANDIDATES …``; prints timings, one a line. Every try has a table made
anew and a checkpoint behind it, and its commit is part of its time. The database may be used for nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import psycopg2
from by_hand import (
    FILLED,
    KEY,
    TABLE,
    Candidates,
    create_table,
    fill_at_once,
    fill_row_by_row,
    insert_by_anti_join,
    insert_by_pages,
    insert_on_conflict,
    make_candidates,
)
from timing import Timing, show, time_once

import wdh
from wdh.apply import apply_plan
from wdh.plan import FillNullOnly, InsertMissing, Plan, Step

INSERTED = (KEY, *FILLED[:4])
HALF_PRESENT = {"known": "n % 2 = 0", "filled": "true"}
HALF_NULL = {"known": "true", "filled": "n % 2 = 0"}
NOTHING_NULL = {"known": "true", "filled": "true"}
_SAMPLE = 2_000
_LONGEST = 120.0

Work = Callable[[Any], object]
"""What is timed: it is given a connection, and what it does is committed as part of it."""


def by_cursor(work: Callable[..., None], *arguments: object) -> Work:
    """Give ``work`` a cursor."""

    def run(connection: Any) -> None:
        with connection.cursor() as cursor:
            work(cursor, *arguments)

    return run


def by_plan(step: Step) -> Work:
    """Apply a plan of one step, as a run does."""
    return lambda connection: apply_plan(Plan("bench", (step,)), connection)


def insert_cases(rows: Candidates) -> Iterator[tuple[str, Work]]:
    """Give the ways to insert what is missing."""
    dicts = [dict(zip(INSERTED, row, strict=True)) for row in rows]
    step = InsertMissing(TABLE, wdh.Target(None, TABLE), (KEY,), INSERTED, tuple(rows))
    yield "execute_values ON CONFLICT", by_cursor(insert_by_pages, rows, INSERTED)
    yield "COPY + INSERT … SELECT … ON CONFLICT by hand", by_cursor(insert_on_conflict, rows, INSERTED)
    yield "COPY + anti-join by hand", by_cursor(insert_by_anti_join, rows, INSERTED)
    yield "wdh, the plan's step", by_plan(step)
    yield (
        "wdh.insert_missing, one batch",
        lambda connection: wdh.insert_missing(TABLE, [KEY], dicts, connection, len(dicts)),
    )


def fill_cases(rows: Candidates) -> Iterator[tuple[str, Work]]:
    """Give the set-based ways to fill what is NULL."""
    columns = (KEY, *FILLED)
    dicts = [dict(zip(columns, row, strict=True)) for row in rows]
    step = FillNullOnly(TABLE, wdh.Target(None, TABLE), (KEY,), columns, tuple(rows))
    yield "COPY + UPDATE … FROM by hand", by_cursor(fill_at_once, rows)
    yield "wdh, the plan's step", by_plan(step)
    yield "wdh.fill_null_only", lambda connection: wdh.fill_null_only(TABLE, [KEY], dicts, FILLED, connection)


class Table:
    """The table on the server, made anew for each try. ``shape`` is what create_table() is told."""

    def __init__(self, dsn: str, rows: int) -> None:
        self._dsn, self._rows = dsn, rows

    def time(self, work: Work, shape: dict[str, str], *, expected: tuple[int, int]) -> float:
        """Time one try. ``expected`` are the rows and the filled cells of the last column that must be there then."""
        connection = psycopg2.connect(self._dsn)
        try:
            self._prepare(connection, shape)

            def commit() -> None:
                work(connection)
                connection.commit()

            seconds = time_once(commit)
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT count(*), count("{FILLED[-1]}") FROM "{TABLE}"')
                found = cursor.fetchone()
            assert found == expected, f"{found} rows and filled cells, {expected} were expected"
        finally:
            connection.close()
        return seconds

    def _prepare(self, connection: Any, shape: dict[str, str]) -> None:
        with connection.cursor() as cursor:
            create_table(cursor, self._rows, **shape)
        connection.commit()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'VACUUM ANALYZE "{TABLE}"')
            cursor.execute("CHECKPOINT")
        connection.autocommit = False


def measure_inserts(table: Table, rows: int, *, repeats: int) -> Iterator[Timing]:
    """Measure insert_missing with half of the keys present, the ways in turn."""
    cases = list(insert_cases(make_candidates(rows, columns=len(INSERTED) - 1)))
    expected = (rows, (rows + 1) // 2)
    seconds = [[table.time(work, HALF_PRESENT, expected=expected) for _, work in cases] for _ in range(repeats)]
    for (case, _), found in zip(cases, zip(*seconds, strict=True), strict=True):
        yield Timing("insert_missing, half present", case, rows, found)


def measure_fills(table: Table, rows: int, *, repeats: int) -> Iterator[Timing]:
    """Measure fill_null_only on nine columns, with half of the rows NULL and with nothing NULL."""
    candidates = make_candidates(rows, columns=len(FILLED))
    cases = list(fill_cases(candidates))
    for group, shape in (("half NULL", HALF_NULL), ("nothing NULL", NOTHING_NULL)):
        group = f"fill_null_only, 9 columns, {group}"
        yield _row_by_row(table, candidates, shape, group=group)
        seconds = [[table.time(work, shape, expected=(rows, rows)) for _, work in cases] for _ in range(repeats)]
        for (case, _), found in zip(cases, zip(*seconds, strict=True), strict=True):
            yield Timing(group, case, rows, found)


def _row_by_row(table: Table, candidates: Sequence[Any], shape: dict[str, str], *, group: str) -> Timing:
    """Measure row by row once; where that would take too long, a sample, scaled linearly."""
    total, sample = len(candidates), candidates[:_SAMPLE]
    filled = total if shape is NOTHING_NULL else (total + 1) // 2 + len(sample) // 2
    seconds = table.time(by_cursor(fill_row_by_row, sample), shape, expected=(total, filled))
    scaled = seconds * total / len(sample)
    case = "one UPDATE per row and column"
    if scaled > _LONGEST:
        return Timing(group, case, total, (scaled,), f"{len(sample):,} rows measured, scaled")
    seconds = table.time(by_cursor(fill_row_by_row, candidates), shape, expected=(total, total))
    return Timing(group, case, total, (seconds,), "once")


def main() -> None:
    """Measure everything and print it."""
    dsn, repeats, sizes = sys.argv[1], int(sys.argv[2]), [int(size) for size in sys.argv[3:]]
    for rows in sizes:
        for measure in (partial(measure_inserts), partial(measure_fills)):
            for timing in measure(Table(dsn, rows), rows, repeats=repeats):
                show(timing)


if __name__ == "__main__":
    main()
