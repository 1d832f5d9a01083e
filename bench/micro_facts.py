"""Micro benches of the fact table: COPY of clean facts on several roads, and deleting by scope.

Usage: ``python micro_facts.py DSN CLEAN REPEATS``, where CLEAN is the folder of clean files; prints timings, one a
line. The database has the domain's tables and may be used for nothing else.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extras import execute_values
from timing import Timing, show, time_once

from wdh import Target
from wdh.apply import apply_plan
from wdh.plan import DeleteScope, Plan

FACTS = "规模明细"
SCOPE = ("月度", "计划代码", "company_id")
STORED, SCOPES, DELETED_SCOPES = 500_000, 227_273, 46_000
MONTH = date(2024, 11, 1)


def copy_text(cursor: Any, text: bytes, *, into: str) -> None:
    """COPY ready text."""
    cursor.copy_expert(f"COPY {into} FROM STDIN", io.BytesIO(text))


def copy_by_stage(cursor: Any, text: bytes, *, columns: str) -> None:
    """COPY ready text into a temporary table, then INSERT … SELECT."""
    cursor.execute(f'CREATE TEMP TABLE "s" ON COMMIT DROP AS SELECT {columns} FROM "{FACTS}" WITH NO DATA')
    copy_text(cursor, text, into='"s"')
    cursor.execute(f'INSERT INTO "{FACTS}" ({columns}) SELECT {columns} FROM "s"')


def insert_by_pages(cursor: Any, text: bytes, *, columns: str) -> None:
    """Insert by execute_values, a thousand rows a page, from values that are texts."""
    rows = [[None if cell == "\\N" else cell for cell in line.split("\t")] for line in text.decode().splitlines()]
    execute_values(cursor, f'INSERT INTO "{FACTS}" ({columns}) VALUES %s', rows, page_size=1000)


def load_cases(text: bytes, columns: str) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """Give the roads into the fact table; the first is one without indexes."""
    yield "COPY of ready text, table without indexes", partial(copy_text, text=text, into='"plain"')
    yield "COPY of ready text, the fact table", partial(copy_text, text=text, into=f'"{FACTS}" ({columns})')
    yield "COPY to a stage + INSERT … SELECT", partial(copy_by_stage, text=text, columns=columns)
    yield "execute_values", partial(insert_by_pages, text=text, columns=columns)


class Facts:
    """The fact table on the server."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def time(self, work: Callable[[Any], object], *before: str) -> float:
        """Time ``work``, which is given a connection, and its commit, after some statements and a checkpoint."""
        connection = psycopg2.connect(self._dsn)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in (*before, "CHECKPOINT"):
                    cursor.execute(statement)
            connection.autocommit = False
            return time_once(lambda: (work(connection), connection.commit()))
        finally:
            connection.close()


def by_cursor(work: Callable[[Any], None], connection: Any) -> None:
    """Give ``work`` a cursor."""
    with connection.cursor() as cursor:
        work(cursor)


def measure_loads(facts: Facts, clean: Path, *, repeats: int) -> Iterator[Timing]:
    """Measure the roads into the fact table, in turn."""
    text = (clean / f"{FACTS}.copy").read_bytes()
    columns = (clean / f"{FACTS}.columns").read_text(encoding="utf-8")
    plain = f'CREATE TABLE "plain" AS SELECT {columns} FROM "{FACTS}" WITH NO DATA'
    before = ('DROP TABLE IF EXISTS "plain"', plain, f'TRUNCATE "{FACTS}"')
    cases = list(load_cases(text, columns))
    seconds = [[facts.time(partial(by_cursor, work), *before) for _, work in cases] for _ in range(repeats)]
    for (case, _), found in zip(cases, zip(*seconds, strict=True), strict=True):
        yield Timing("facts", case, text.count(b"\n"), found)


def delete_by_hand(cursor: Any) -> None:
    """COPY the distinct scopes, DELETE … USING."""
    listed = ", ".join(f'"{column}"' for column in SCOPE)
    cursor.execute(f'CREATE TEMP TABLE "s" ON COMMIT DROP AS SELECT {listed} FROM "{FACTS}" WITH NO DATA')
    text = "".join(f"{MONTH}\tZ{number}\t{number}\n" for number in range(DELETED_SCOPES))
    copy_text(cursor, text.encode(), into='"s"')
    same = " AND ".join(f'd."{column}" = s."{column}"' for column in SCOPE)
    cursor.execute(f'DELETE FROM "{FACTS}" d USING "s" s WHERE {same}')


def measure_deletes(facts: Facts, *, repeats: int) -> Iterator[Timing]:
    """Measure the delete of 46,000 scopes, which are 101,000 of 500,000 facts."""
    fill = (
        f'INSERT INTO "{FACTS}" ("月度", "计划代码", company_id, "期末资产规模", "客户名称") '
        f"SELECT '{MONTH}', 'Z' || n % {SCOPES}, (n % {SCOPES})::text, n, '客户' || n "
        f"FROM generate_series(0, {STORED - 1}) n"
    )
    rows = tuple((MONTH, f"Z{number}", str(number)) for number in range(DELETED_SCOPES))
    plan = Plan("bench", (DeleteScope(Target(None, FACTS), SCOPE, rows),))
    cases: list[tuple[str, Callable[[Any], object]]] = [
        ("COPY + DELETE … USING by hand", partial(by_cursor, delete_by_hand)),
        ("wdh, the plan's step", lambda connection: apply_plan(plan, connection)),
    ]
    before = (f'TRUNCATE "{FACTS}"', fill, f'ANALYZE "{FACTS}"')
    seconds = [[facts.time(work, *before) for _, work in cases] for _ in range(repeats)]
    for (case, _), found in zip(cases, zip(*seconds, strict=True), strict=True):
        yield Timing("delete by scope, 101k of 500k", case, STORED, found)


def main() -> None:
    """Measure everything and print it."""
    facts, clean, repeats = Facts(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    for timing in measure_loads(facts, clean, repeats=repeats):
        show(timing)
    for timing in measure_deletes(facts, repeats=repeats):
        show(timing)


if __name__ == "__main__":
    main()
