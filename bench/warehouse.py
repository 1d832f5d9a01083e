"""One PostgreSQL for all contestants, and a fresh database with the domain's tables for each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from process import children_environment

from wdh.warehouse.embedded.server import embedded_server

FACTS, PLANS, PORTFOLIOS = "规模明细", "年金计划", "组合计划"
TABLES = (FACTS, PLANS, PORTFOLIOS)
_TEMPLATE, _DATABASE = "bench_template", "bench"
_OWN = ("is_identity = 'NO'", "column_name NOT IN ('created_at', 'updated_at')")


@dataclass(frozen=True, slots=True)
class Server:
    """The running server. ``parameters`` are libpq's, without dbname."""

    parameters: Mapping[str, str]

    def dsn(self, database: str) -> str:
        """Give the connection string for a database."""
        return " ".join(f"{name}={value}" for name, value in {**self.parameters, "dbname": database}.items())

    @contextmanager
    def database(self) -> Iterator[str]:
        """Have a fresh database with the domain's empty tables; yield its connection string. It is dropped after."""
        self.run(f"CREATE DATABASE {_DATABASE} TEMPLATE {_TEMPLATE}", "CHECKPOINT")
        try:
            yield self.dsn(_DATABASE)
        finally:
            self.run(f"DROP DATABASE {_DATABASE} WITH (FORCE)")

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements, each in a transaction of its own."""
        connection = psycopg2.connect(self.dsn(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()


@contextmanager
def running_server(home: Path, configuration: Path) -> Iterator[Server]:
    """Have the embedded PostgreSQL running, with its default settings and a template database of the domain."""
    with embedded_server(home) as address:
        parameters = {name: str(value) for name, value in address.parameters.items() if value and name != "dbname"}
        server = Server(parameters)
        server.run(f"DROP DATABASE IF EXISTS {_DATABASE}", f"DROP DATABASE IF EXISTS {_TEMPLATE}")
        server.run(f"CREATE DATABASE {_TEMPLATE}")
        server.run(table_statements(configuration), database=_TEMPLATE)
        yield server


def table_statements(configuration: Path) -> str:
    """Give the statements that ``wdh ddl`` prints."""
    command = [str(Path(sys.executable).with_name("wdh")), "ddl", "annuity_performance", "--config", str(configuration)]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=children_environment()).stdout


def ask(dsn: str, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Ask one query."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, tuple(parameters))
            return cursor.fetchall()
    finally:
        connection.close()


def count_rows(dsn: str, schema: str) -> tuple[int, ...]:
    """Count facts, plans and portfolios in a schema; a table that is not there has no rows."""
    return tuple(_count(dsn, f'"{schema}"."{table}"') for table in TABLES)


def _count(dsn: str, table: str) -> int:
    if ask(dsn, "SELECT to_regclass(%s)", [table]) == [(None,)]:
        return 0
    return int(ask(dsn, f"SELECT count(*) FROM {table}")[0][0])


def columns_of(dsn: str, table: str) -> tuple[str, ...]:
    """Name the columns of a table that a loader writes: neither the identity nor the stamps."""
    query = f"SELECT column_name FROM information_schema.columns WHERE table_name = %s AND {' AND '.join(_OWN)}"
    return tuple(name for (name,) in ask(dsn, f"{query} ORDER BY ordinal_position", [table]))


def write_clean(dsn: str, folder: Path) -> None:
    """Write what was loaded as COPY text, one file per table, its columns beside it: the floor's input."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = psycopg2.connect(dsn)
    try:
        for table in TABLES:
            columns = ", ".join(f'"{column}"' for column in columns_of(dsn, table))
            (folder / f"{table}.columns").write_text(columns, encoding="utf-8")
            with connection.cursor() as cursor, (folder / f"{table}.copy").open("wb") as target:
                cursor.copy_expert(f'COPY (SELECT {columns} FROM "{table}" ORDER BY 1) TO STDOUT', target)
    finally:
        connection.close()
