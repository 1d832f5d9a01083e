"""Who a run waited for in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wdh.apply.catalogue import read_tables
from wdh.errors import DatabaseError
from wdh.plan import Plan
from wdh.sql import locks

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case


def name_holders(error: DatabaseError, plan: Plan, *, connection: Connection) -> DatabaseError:
    """Say in the error who holds the tables of ``plan`` now. The transaction of the error must be rolled back."""
    import psycopg2

    try:
        with connection.cursor() as cursor:
            oids = [table.oid for table in read_tables(cursor, plan.targets).values()]
            cursor.execute(locks.HOLDERS, {"oids": oids})
            holders = [_show(*found) for found in cursor.fetchall()]
        connection.rollback()
    except psycopg2.Error:  # who waited for whom is worth a question, not a second error
        return error
    if not holders:
        return DatabaseError(f"{error.message} Nobody could be seen to hold it any more.", **error.facts)
    lines = "".join(f"\n  {holder}" for holder in holders)
    return DatabaseError(f"{error.message} It is held by:{lines}", **error.facts, holders=holders)


def _show(
    pid: int, user: str | None, program: str | None, machine: str, state: str | None, since: str | None, table: str
) -> str:
    who = f"session {pid}" + (f" of {user}" if user else "")
    return (
        f"{who} on {machine}"
        + (f" ({program})" if program else "")
        + f" holds {table}"
        + (f", {state}" if state else "")
        + (f", its transaction is {since} old" if since else "")
    )
