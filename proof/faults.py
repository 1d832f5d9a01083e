"""A fault at any statement leaves the old state or the new one, and a second run always reaches the new one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import psycopg2
from experiment import Finding, Place
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from warehouse import FACTS, PLANS, PORTFOLIOS, a_run, contents, make_tables

from wdh.apply import apply_plan
from wdh.errors import WdhError

Fault = Callable[[Connection, Place], None]


def terminate(connection: Connection, place: Place) -> None:
    """End the server's side of the session, and wait until it is gone."""
    place.rows(f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")


def cut(connection: Connection, place: Place) -> None:  # noqa: ARG001 - every fault has the same form
    """Break the socket under the client."""
    with socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as own:
        own.shutdown(socket.SHUT_RDWR)


def interrupt(connection: Connection, place: Place) -> None:  # noqa: ARG001 - every fault has the same form
    """Press Ctrl-C."""
    raise KeyboardInterrupt


FAULTS: tuple[Fault, ...] = (terminate, cut, interrupt)


class Striking:
    """A connection that is struck by a fault just before its ``strike``-th message to the server."""

    def __init__(self, connection: Connection, place: Place, *, fault: Fault, strike: int) -> None:
        self._connection, self._place = connection, place
        self._fault, self._strike = fault, strike
        self.sent = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def count(self) -> None:
        """Notice one message; strike when its turn has come."""
        self.sent += 1
        if self.sent == self._strike:
            self._fault(self._connection, self._place)

    def cursor(self) -> Cursor:
        """Give a cursor whose messages are counted."""
        notice = self.count

        class Counted(psycopg2.extensions.cursor):
            def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's name
                notice()
                super().execute(query, vars)

            def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
                notice()
                super().copy_expert(sql, file, size)

        return self._connection.cursor(cursor_factory=Counted)

    def commit(self) -> None:
        """Commit, which is a message, too."""
        self.count()
        self._connection.commit()


def prove_faults(place: Place) -> Finding:
    """Strike at every message of an apply, with every fault, on both insert paths."""
    strikes = losses = 0
    for unique in (True, False):
        place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        make_tables(place, unique=unique)
        messages = _messages(place)
        for fault in FAULTS:
            for strike in range(1, messages + 1):
                strikes += 1
                losses += _strike(place, fault=fault, strike=strike)
    return Finding(
        "2: apply is atomic", "a fault before every message of an apply, then a second run", strikes, strikes, losses
    )


def _reset(place: Place) -> None:
    place.execute(f"TRUNCATE {PLANS.sql}, {PORTFOLIOS.sql}, {FACTS.sql}")
    place.execute(f"""INSERT INTO {PLANS.sql} ("号", "名") VALUES ('A', NULL), ('B', '原')""")
    place.execute(f"""INSERT INTO {FACTS.sql} VALUES ('2024-10-01', 'S', 1), ('2024-10-01', 'T', 2)""")


def _messages(place: Place) -> int:
    _reset(place)
    with place.connect() as connection, a_run(["A", "B", "C"], scope="S") as plan:
        counting = Striking(connection, place, fault=interrupt, strike=0)
        apply_plan(plan, counting)  # type: ignore[arg-type]
    return counting.sent


def _strike(place: Place, *, fault: Fault, strike: int) -> int:
    _reset(place)
    old = contents(place)
    with a_run(["A", "B", "C"], scope="S") as plan:
        with place.connect() as connection:
            try:
                apply_plan(plan, Striking(connection, place, fault=fault, strike=strike))  # type: ignore[arg-type]
            except (WdhError, KeyboardInterrupt):
                pass
            else:
                return 1
        after = contents(place)
        with place.connect() as connection:
            apply_plan(plan, connection)
        new = contents(place)
    whole = [("A", "名A"), ("B", "原"), ("C", "名C")]
    facts_are_new = [fact[1] for fact in new[2]] == ["T", "S", "S", "S"]
    return (after != old) + (new[0] != whole) + (not facts_are_new)
