"""Finds why a warehouse does not allow the steps of a plan: tables, columns, privileges, foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.lineage import lineage_faults, lineage_missing
from wdh.errors import SetupError, assert_never
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    RowStep,
    Stage,
    Statement,
    Upsert,
)
from wdh.sql.identifiers import Target, quote_ident, quote_list
from wdh.words.language import join, later, say
from wdh.words.spelling import did_you_mean

_CREATE = later(
    "Correct schema, table and columns in data_sources.yml, or create what is missing (`wdh ddl DOMAIN` prints the "
    "statements of a domain). "
)
_KINDS = {
    "v": later("a view"),
    "m": later("a materialized view"),
    "f": later("a foreign table"),
    "i": later("an index"),
    "S": later("a sequence"),
}
_TABLES = "rp"
_FOREIGN = "f"
_ROW = "c"


class Faults(Struct, frozen=True):
    """The objections of a warehouse to a plan, a sentence each: ``missing`` tables and columns, and others.

    ``denied`` are the privileges that the role lacks; a forecast may do without those of writing.
    """

    missing: tuple[str, ...]
    others: tuple[str, ...]
    denied: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.others or self.denied)

    def __iter__(self) -> Iterator[str]:
        yield from self.missing
        yield from self.others
        yield from self.denied

    @property
    def without_denied(self) -> Faults:
        """The faults that no privilege would mend."""
        return Faults(self.missing, self.others)


def find_faults(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Faults:
    """Find everything in the plan that the warehouse does not allow."""
    return Faults(*(tuple(dict.fromkeys(found(plan, tables))) for found in (_missing, _faults, _denied)))


def refuse_faults(faults: Faults) -> None:
    """Raise one SetupError that names all faults, where there are any."""
    if faults:
        raise SetupError(
            say("the warehouse does not fit the plan:\n")
            + join("", (join("", ("  ", fault, "\n")) for fault in faults))
            + (say(_CREATE) if faults.missing else "")
            + say("Nothing was written."),
            faults=list(faults),
        )


def _missing(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Iterator[str]:
    for step in plan.writes:
        table = tables.get(step.target)
        if table is None:
            if step.target.schema:
                yield say("{target} does not exist", target=step.target.sql)
            else:
                yield say("{target} does not exist on the search_path", target=step.target.sql)
        elif table.kind in _TABLES:
            for column in step.columns:
                if column not in table.columns:
                    near = did_you_mean(column, table.columns)
                    yield say(
                        "{target} has no column {column}{near}",
                        target=step.target.sql,
                        column=quote_ident(column),
                        near=near,
                    )
            yield from lineage_missing(step, table)


def _faults(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Iterator[str]:
    for step in plan.writes:
        table = tables.get(step.target)
        if table is None:
            continue
        yield from _table_faults(table)
        if table.kind in _TABLES and not isinstance(step, Statement):
            yield from _step_faults(step, table)
            yield from _zone_faults(plan, step, table)


def _denied(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Iterator[str]:
    for step in plan.writes:
        table = tables.get(step.target)
        if table is not None and table.kind in _TABLES:
            if not table.rights.locks:
                yield say(
                    "{target}: the role may not lock it, which needs UPDATE, DELETE or TRUNCATE on the table "
                    "(GRANT DELETE ON {place} TO {role})",
                    target=table.target.sql,
                    place=table.place.sql,
                    role=table.rights.role,
                )
            if not isinstance(step, Statement):
                yield from _privilege_faults(step, table)


def _table_faults(table: WarehouseTable) -> Iterator[str]:
    name, role = table.target.sql, table.rights.role
    if table.kind not in _TABLES:
        yield say(
            "{name} is {kind}, and wdh writes to tables only",
            name=name,
            kind=say(_KINDS.get(table.kind, later("no table"))),
        )
        return
    for member in table.members:
        if member.kind == _FOREIGN:
            yield say(
                "{name}: its part {target} is a foreign table, and another server would commit or refuse its "
                "rows apart from all others; write to a table without foreign parts",
                name=name,
                target=member.target.sql,
            )

    if not table.rights.uses_schema:
        schema = quote_ident(table.place.schema or "")
        yield say(
            "{name}: the role may not use the schema {schema} (GRANT USAGE ON SCHEMA {schema} TO {role})",
            name=name,
            schema=schema,
            role=role,
        )
    if table.rights.hides_rows:
        yield say(
            "{name}: row security hides rows of it from the role, and a hidden row would be taken for a "
            "missing one; let its owner or a role with BYPASSRLS load it, or have row security taken off "
            "the table",
            name=name,
        )


def _step_faults(step: RowStep, table: WarehouseTable) -> Iterator[str]:
    yield from _column_faults(step, table)
    yield from lineage_faults(step, table)
    if isinstance(step, (Append, InsertRows)) and not table.rewrites_rows:
        yield from _unfilled_faults(step, table)
    yield from _equality_faults(step.key, table)
    match step:
        case FillNullOnly():
            yield from _fill_faults(step, table)
        case DeleteScope():
            name = table.target.sql
            for effect in table.cascades:
                yield say(
                    "{name}: deleting its rows would also {effect}; load with --mode append, or have the foreign "
                    "key changed to NO ACTION",
                    name=name,
                    effect=effect,
                )
        case Append():
            for rule, event in table.rules.items():
                if event == "INSERT":
                    yield say(
                        "{target}: COPY passes over the rule {rule} for INSERT; make a trigger of it, or drop it",
                        target=table.target.sql,
                        rule=rule,
                    )
        case InsertMissing() | InsertRows() | Upsert() | Stage():
            pass
        case _:
            assert_never(step)


def _column_faults(step: RowStep, table: WarehouseTable) -> Iterator[str]:
    for column in step.privileges.inserted:
        kind = table.columns.get(column)
        if kind is not None and kind.is_unwritable:
            yield say(
                "{target}: column {column} is generated by the database",
                target=table.target.sql,
                column=quote_ident(column),
            )


def _unfilled_faults(step: InsertRows | Append, table: WarehouseTable) -> Iterator[str]:
    for column, kind in table.columns.items():
        if kind.needs_value and column not in step.written:
            yield say(
                "{target}: column {column} needs a value, and the facts have none",
                target=table.target.sql,
                column=quote_ident(column),
            )


def _equality_faults(key: Sequence[str], table: WarehouseTable) -> Iterator[str]:
    for column in key:
        if column in table.columns and column not in table.equalities:
            yield say(
                "{target}: PostgreSQL cannot say whether two values of the type {columns} are equal, so "
                "{column} can be part of no key or pk; name other columns in data_sources.yml",
                target=table.target.sql,
                columns=table.columns[column].shown,
                column=quote_ident(column),
            )


def _fill_faults(step: FillNullOnly, table: WarehouseTable) -> Iterator[str]:
    for column in step.filled:
        kind = table.columns.get(column)
        if kind is not None and kind.kind == _ROW:
            yield say(
                "{target}: column {column} is of the row type {kind}, of which IS NULL is also true where "
                "all its fields are NULL; take it out of updatable",
                target=table.target.sql,
                column=quote_ident(column),
                kind=kind.shown,
            )


def _zone_faults(plan: Plan, step: RowStep, table: WarehouseTable) -> Iterator[str]:
    """Refuse days and times whose zone nobody names: the session's depends on who runs wdh, and where."""
    if plan.time_zone is not None or plan.facts is None:
        return
    for column in step.columns:
        if column in table.zoned:
            yield say(
                "{target}: column {column} is {columns}, and nothing says which time zone the workbook "
                "means; add it to data_sources.yml, e.g. time_zone: Asia/Shanghai",
                target=table.target.sql,
                column=quote_ident(column),
                columns=table.columns[column].shown,
            )


def _privilege_faults(step: RowStep, table: WarehouseTable) -> Iterator[str]:
    name, place = table.target.sql, f"{table.place.sql} TO {table.rights.role}"
    needs = step.privileges
    if needs.deletes and not table.rights.deletes:
        yield say("{name}: the role lacks DELETE (GRANT DELETE ON {place})", name=name, place=place)
    for right, columns in (("SELECT", needs.read), ("INSERT", needs.inserted), ("UPDATE", needs.updated)):
        denied = [column for column in columns if right in table.rights.denied.get(column, ())]
        if denied and all(right in rights for rights in table.rights.denied.values()):
            yield say("{name}: the role lacks {right} (GRANT {right} ON {place})", name=name, right=right, place=place)
        elif denied:
            listed = quote_list(tuple(denied))
            yield say(
                "{name}: the role lacks {right} on {listed} (GRANT {right} ({listed}) ON {place})",
                name=name,
                right=right,
                listed=listed,
                place=place,
            )
    if needs.inserted:
        yield from _sequence_faults(step.columns, table)


def _sequence_faults(columns: Sequence[str], table: WarehouseTable) -> Iterator[str]:
    for column, sequence in table.rights.sequences.items():
        if column not in columns:
            yield say(
                "{target}: column {column} is numbered by {sequence}, which the role may not use (GRANT "
                "USAGE ON SEQUENCE {sequence} TO {role})",
                target=table.target.sql,
                column=quote_ident(column),
                sequence=sequence.sql,
                role=table.rights.role,
            )
