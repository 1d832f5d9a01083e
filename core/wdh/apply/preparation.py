"""Preparing a plan before the first write: the locks, and the fit of each value."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.faults import refuse_faults
from wdh.apply.fit.check import check_values
from wdh.apply.inheritance import refuse_inherited_facts
from wdh.apply.keys import tell_keys_apart
from wdh.apply.look import Look, look_at
from wdh.apply.session import pin_session
from wdh.errors import DatabaseError
from wdh.facts.profiles import Profile
from wdh.plan import Plan
from wdh.sql import catalogue, locks, statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target

DEFAULT_LOCK_TIMEOUT = "10s"
_TRY_AGAIN = "40001"
"""serialization_failure: what was seen is not so any more, and a new transaction sees it as it is."""


class Prepared(Struct, frozen=True):
    """A plan with its paths and without what need not be written, and the tables as they are under the lock.

    Every step names its table by schema and name; ``tables`` has them by these.
    """

    plan: Plan
    tables: Mapping[Target, WarehouseTable]


def prepare(
    plan: Plan,
    cursor: Cursor,
    *,
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT,
    profiles: Mapping[str, Profile] | None = None,
) -> Prepared:
    """Lock the targets in the order all runs share, and check under the lock that tables and values fit.

    Other runs are waited for first, by advisory locks that stop nobody else. Under the lock nobody can change the
    tables, and every statement names the schema. ``profiles`` are those of check_values(). Raises SetupError where the
    tables do not fit, DoesNotFit where values do not, DatabaseError where another table took a name meanwhile,
    psycopg2.Error.
    """
    pin_session(cursor, lock_timeout=lock_timeout, time_zone=plan.time_zone)
    look = _lock(plan, cursor)
    plan = check_values(look.plan, cursor, tables=look.tables, profiles=profiles)
    refuse_inherited_facts(plan, cursor, tables=look.tables)
    return Prepared(tell_keys_apart(plan, look.tables), look.tables)


def queue(cursor: Cursor, oid: int) -> None:
    """Wait until no other run writes the table, and keep others waiting until the transaction ends."""
    cursor.execute(locks.QUEUE, (oid if oid < 1 << 31 else oid - (1 << 32),))


def check_names(cursor: Cursor, tables: Mapping[Target, WarehouseTable]) -> None:
    """Make sure that every table still has its name: a schema can be renamed whatever is locked inside."""
    for table in tables.values():
        cursor.execute(
            catalogue.STILL_NAMED, {"schema": table.place.schema, "table": table.place.table, "oid": table.oid}
        )
        if cursor.fetchone() is None:
            raise _moved(table)


def _lock(plan: Plan, cursor: Cursor) -> Look:
    """Look at the tables, lock them, and look again: a lock may have been waited for."""
    before = look_at(plan, cursor)
    refuse_faults(before.faults)
    if not before.tables:
        return before
    ordered = sorted(before.tables.items())
    for _, table in ordered:
        queue(cursor, table.oid)
    cursor.execute(statements.lock_tables([place for place, _ in ordered]))
    locked = look_at(plan, cursor)
    for place, table in before.tables.items():
        if place not in locked.tables or locked.tables[place].oid != table.oid or len(locked.tables) > len(ordered):
            raise _moved(table)
    refuse_faults(locked.faults)
    return locked


def _moved(table: WarehouseTable) -> DatabaseError:
    return DatabaseError(
        f"{table.place.sql} was renamed, or another table took its place, while the run was at work. Nothing of the "
        "transaction stays. Run again.",
        sqlstate=_TRY_AGAIN,
        table=table.place.sql,
    )
