"""The loader that people write by hand: openpyxl, one dict per row, psycopg2 with execute_values, UPDATEs in a loop.

Arguments: workbook, dsn. Fills are one UPDATE per reference row and column, as long as the column is NULL. What is
left out is in cleaning.py; there are no locks and no checks either.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import cleaning
import openpyxl
import psycopg2
from psycopg2.extras import execute_values

FILLED = {
    cleaning.PLANS: ("计划全称", "计划类型", "客户名称", "company_id"),
    cleaning.PORTFOLIOS: ("组合名称", "组合类型"),
}


def read(workbook: str) -> Iterator[dict[str, Any]]:
    """Read the sheet as one dict per row."""
    book = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
    rows = book[cleaning.FACTS].iter_rows(values_only=True)
    header = [cleaning.clean_header(cell) for cell in next(rows)]
    for row in rows:
        yield dict(zip(header, row, strict=False))
    book.close()


def insert(cursor: Any, table: str, rows: list[dict[str, Any]], conflict: str = "") -> None:
    """Insert rows a page at a time."""
    columns = list(rows[0])
    names = ", ".join(f'"{column}"' for column in columns)
    values = [tuple(row.get(column) for column in columns) for row in rows]
    execute_values(cursor, f'INSERT INTO "{table}" ({names}) VALUES %s {conflict}', values, page_size=1000)


def backfill(cursor: Any, table: str, key: str, *, rows: list[dict[str, Any]]) -> None:
    """Insert what is missing, then fill column by column what is NULL in rows that are there."""
    insert(cursor, table, rows, f'ON CONFLICT ("{key}") DO NOTHING')
    for row in rows:
        for column in FILLED[table]:
            statement = f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s AND "{column}" IS NULL'
            cursor.execute(statement, (row[column], row[key]))


def main() -> None:
    """Read, clean, derive, backfill, delete the scopes, insert."""
    workbook, dsn = sys.argv[1:]
    facts = [row for row in map(cleaning.clean_row, read(workbook)) if row is not None]
    plans, portfolios = cleaning.derive(facts)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        backfill(cursor, cleaning.PLANS, "年金计划号", rows=plans)
        backfill(cursor, cleaning.PORTFOLIOS, "组合代码", rows=portfolios)
        scopes = sorted({tuple(row[column] for column in cleaning.KEY) for row in facts})
        names = ", ".join(f'"{column}"' for column in cleaning.KEY)
        execute_values(cursor, f'DELETE FROM "{cleaning.FACTS}" WHERE ({names}) IN (VALUES %s)', scopes, page_size=1000)
        insert(cursor, cleaning.FACTS, facts)


if __name__ == "__main__":
    main()
