"""What every experiment has in common: what it found, and the server it works on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case


@dataclass(frozen=True, slots=True)
class Finding:
    """What an experiment found. ``losses`` counts broken promises: duplicates, lost or half-written rows, surprises."""

    promise: str
    experiment: str
    cases: int
    faults: int
    losses: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A database of its own on the server."""

    dsn: str

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Have a connection, closed at the end."""
        with closing(psycopg2.connect(self.dsn)) as connection:
            yield connection

    def execute(self, sql: str) -> None:
        """Execute statements, each committed."""
        with self.connect() as connection:
            connection.autocommit = True
            connection.cursor().execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()


@contextmanager
def fresh_place(server_dsn: str) -> Iterator[Place]:
    """Make an empty database for one experiment, and drop it at the end."""
    name = f"wdh_proof_{secrets.token_hex(4)}"
    server = Place(server_dsn)
    server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield Place(f"{server_dsn} dbname={name}")
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
