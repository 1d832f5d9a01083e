"""Preparing plans before the first write: the locks of all of them, and the fit of each value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.faults import refuse_faults
from wdh.apply.fit.check import check_values
from wdh.apply.look import Look, look_at
from wdh.apply.refusals.refused import blaming
from wdh.apply.session import pin_session
from wdh.apply.staging import fill_stage
from wdh.errors import DatabaseError, SetupError
from wdh.facts.profiles import Profile
from wdh.plan import Backfill, DeleteScope, Plan
from wdh.sql import catalogue, locks, statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say

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
    """Pin the session, lock the targets of one plan, and check that tables and values fit: lock_all() and fit()."""
    pin_session(cursor, lock_timeout=lock_timeout, time_zone=plan.time_zone)
    (look,) = lock_all([plan], cursor)
    return fit(look, cursor, profiles=profiles)


def lock_all(plans: Sequence[Plan], cursor: Cursor) -> Sequence[Look]:
    """Lock the targets of all plans at once, in the order all runs share; give each plan as it is under the locks.

    Other runs are waited for first, by advisory locks that stop nobody else. Under the lock nobody can change the
    tables, and every statement names the schema. The session must be pinned. Raises SetupError where the tables do not
    fit, DatabaseError where another table took a name meanwhile, psycopg2.Error.
    """
    before = [look_at(plan, cursor) for plan in plans]
    _refuse_faults(before)
    tables = all_tables(before)
    if not tables:
        return before
    ordered = sorted(tables.items())
    for _, table in ordered:
        queue(cursor, table.oid)
    cursor.execute(statements.lock_tables([place for place, _ in ordered]))
    looks = [look_at(plan, cursor) for plan in plans]  # a lock may have been waited for
    locked = all_tables(looks)
    for place, table in tables.items():
        if place not in locked or locked[place].oid != table.oid or len(locked) > len(ordered):
            raise _moved(table)
    _refuse_faults(looks)
    return looks


def fit(look: Look, cursor: Cursor, *, profiles: Mapping[str, Profile] | None = None) -> Prepared:
    """Check under the lock that the values of a plan fit. ``profiles`` are those of check_values().

    Raises DoesNotFit where they do not, SetupError, psycopg2.Error.
    """
    plan = check_values(look.plan, cursor, tables=look.tables, profiles=profiles)
    _refuse_inherited_facts(plan, cursor, tables=look.tables)
    return Prepared(tell_keys_apart(plan, look.tables), look.tables)


def all_tables(found: Iterable[Look | Prepared]) -> Mapping[Target, WarehouseTable]:
    """Give the tables of several plans together."""
    return {place: table for each in found for place, table in each.tables.items()}


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


def _refuse_faults(looks: Iterable[Look]) -> None:
    for look in looks:
        with blaming(look.plan):
            refuse_faults(look.faults)


def _moved(table: WarehouseTable) -> DatabaseError:
    return DatabaseError(
        say(
            "{place} was renamed, or another table took its place, while the run was at work. Nothing of "
            "the transaction stays. Run again.",
            place=table.place.sql,
        ),
        sqlstate=_TRY_AGAIN,
        table=table.place.sql,
    )


def _refuse_inherited_facts(plan: Plan, cursor: Cursor, *, tables: Mapping[Target, WarehouseTable]) -> None:
    """Raise SetupError where a scope that is to be replaced has rows in a child of its table.

    A run would delete them there and insert the new ones into the parent.
    """
    for step in plan.of(DeleteScope):
        children = [member.target for member in tables[step.target].members[1:] if not member.is_partition]
        found = [child for child in children if _has_scope(step, child, cursor)]
        if found:
            names = ", ".join(child.sql for child in found)
            raise SetupError(
                say(
                    "{target}: facts of these scopes lie in {names}, which inherits from it. They would be "
                    "deleted there, and the new ones inserted into the parent. Name the child as the table of "
                    "the facts, or load with --mode append. Nothing was written.",
                    target=step.target.sql,
                    names=names,
                ),
                table=step.target.sql,
            )


def _has_scope(step: DeleteScope, child: Target, cursor: Cursor) -> bool:
    fill_stage(cursor, step.target, columns=step.columns, rows=step.rows)
    cursor.execute(statements.count_in_scope(child, step.columns, equal=step.equal, only=True))
    (rows,) = cursor.fetchone() or (0,)
    cursor.execute(statements.DROP_STAGE)
    return bool(rows)


def tell_keys_apart(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Plan:
    """Mark the steps whose keys certainly differ to PostgreSQL, too, so that the server need not be asked.

    It would compare the whole stage, and most keys are texts of which it only compares the bytes. Every value must have
    been found to fit.
    """
    steps = tuple(
        replace(step, keys_differ=_differ(step, tables[step.target])) if isinstance(step, Backfill) else step
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def _differ(step: Backfill, table: WarehouseTable) -> bool:
    if not all(table.columns[name].tells_texts_apart for name in step.key):
        return False
    columns = [list(map(itemgetter(place), step.rows)) for place in [step.columns.index(name) for name in step.key]]
    if any({*map(type, column)} - {str} for column in columns):
        return False
    keys = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    return len({*keys}) == len(step.rows)
