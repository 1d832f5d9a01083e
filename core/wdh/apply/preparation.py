"""Settling a plan: locks, the catalogue, the path of each insert and the fit of each value, before the first write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wdh.apply.catalogue import WarehouseTable, find_relation, read_tables
from wdh.apply.faults import check_plan
from wdh.apply.fit.check import check_values
from wdh.apply.inheritance import refuse_inherited_facts
from wdh.apply.keys import tell_keys_apart
from wdh.apply.paths import choose_paths
from wdh.apply.session import pin_session
from wdh.errors import DatabaseError, assert_never
from wdh.facts.profiles import Profile
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Skip, Statement, Step
from wdh.sql import catalogue, locks, statements
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

DEFAULT_LOCK_TIMEOUT = "10s"
_TRY_AGAIN = "40001"
"""serialization_failure: what was seen is not so any more, and a new transaction sees it as it is."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A plan with its paths, and the tables as they are under the lock.

    Every step names its table by schema and name; ``tables`` has them by these.
    """

    plan: Plan
    tables: Mapping[Target, WarehouseTable]


def settle(
    plan: Plan,
    cursor: Cursor,
    *,
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT,
    profiles: Mapping[str, Profile] | None = None,
) -> Settled:
    """Lock the targets in the order all runs share, hold the plan against the catalogue, and choose the paths.

    Other runs are waited for first, by advisory locks that stop nobody else. Each name is resolved once, under the
    lock: from then on nobody can change the tables, and every statement names the schema. ``profiles`` are those of
    check_values(). Raises SetupError where the tables do not fit, DoesNotFit where values do not, DatabaseError where
    another table took a name meanwhile, psycopg2.Error.
    """
    pin_session(cursor, lock_timeout=lock_timeout, time_zone=plan.time_zone)
    tables = _lock(plan, cursor)
    plan = _resolve(plan, tables)
    tables = {table.place: table for table in tables.values()}
    plan = _without_unfillable(plan, tables)
    plan = plan.with_paths(choose_paths(cursor, plan, tables=tables))
    plan = check_values(plan, cursor, tables=tables, profiles=profiles)
    refuse_inherited_facts(plan, cursor, tables=tables)
    return Settled(tell_keys_apart(plan, tables), tables)


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


def _lock(plan: Plan, cursor: Cursor) -> Mapping[Target, WarehouseTable]:
    tables = _fitting_tables(plan, cursor)
    if not tables:
        return tables
    ordered = sorted({table.place: table for table in tables.values()}.items())
    for _, table in ordered:
        queue(cursor, table.oid)
    cursor.execute(statements.lock_tables([place for place, _ in ordered]))
    for target, table in tables.items():
        found = find_relation(cursor, target)
        if found is None or found[0] != table.oid:
            raise _moved(table)
    return _fitting_tables(plan, cursor)


def _moved(table: WarehouseTable) -> DatabaseError:
    return DatabaseError(
        f"{table.place.sql} was renamed, or another table took its place, while the run was at work. Nothing of the "
        "transaction stays. Run again.",
        sqlstate=_TRY_AGAIN,
        table=table.place.sql,
    )


def _fitting_tables(plan: Plan, cursor: Cursor) -> Mapping[Target, WarehouseTable]:
    tables = read_tables(cursor, plan.targets)
    check_plan(plan, tables)
    return tables


def _resolve(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Plan:
    """Name every table by its schema, and every key's equality; say in a run's report where a bare name was found."""
    steps = tuple(_resolve_step(step, tables) for step in plan.steps)
    found = [table for target, table in tables.items() if target != table.place and plan.facts is not None]
    return replace(plan, steps=steps).remarking(
        *(f"{table.target.sql} was found in the search_path as {table.place.sql}" for table in found)
    )


def _resolve_step(step: Step, tables: Mapping[Target, WarehouseTable]) -> Step:
    match step:
        case InsertMissing() | FillNullOnly() | DeleteScope():
            table = tables[step.target]
            return replace(step, target=table.place, equal=tuple(table.equalities[column] for column in step.key))
        case InsertRows() | Append() | Statement():
            return replace(step, target=tables[step.target].place)
        case Skip():
            return step
        case _:
            assert_never(step)


def _without_unfillable(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Plan:
    """Leave out of every fill what the database generates itself, and what is never NULL; say so."""
    steps: list[Step] = []
    remarks = []
    for step in plan.steps:
        if isinstance(step, FillNullOnly) and (unfillable := _unfillable(step, tables[step.target])):
            remarks += [f"{step.target.sql}: {column} {why} and is not filled" for column, why in unfillable.items()]
            steps.append(_without_columns(step, tuple(unfillable)))
        else:
            steps.append(step)
    return replace(plan, steps=tuple(steps)).remarking(*remarks)


def _unfillable(step: FillNullOnly, table: WarehouseTable) -> Mapping[str, str]:
    found = {}
    for column in step.filled:
        kind = table.columns[column]
        if kind.is_unwritable:
            found[column] = "is generated by the database"
        elif kind.is_required:
            found[column] = "is NOT NULL"
    return found


def _without_columns(step: FillNullOnly, names: Sequence[str]) -> Step:
    kept = [place for place, name in enumerate(step.columns) if name not in names]
    if len(kept) == len(step.key):
        return Skip(step.reference, step.target, "no column to fill can be NULL, or is generated by the database")
    return replace(
        step,
        columns=tuple(step.columns[place] for place in kept),
        sources=tuple(step.sources[place] for place in kept) if step.sources else (),
        rows=tuple(tuple(row[place] for place in kept) for row in step.rows),
    )
