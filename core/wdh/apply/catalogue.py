"""Reads the catalogue about the tables that a plan writes to, with their partitions and children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from wdh.apply.fit.types import ColumnType
from wdh.errors import SetupError
from wdh.facts.sendable import write_array
from wdh.sql import catalogue
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target, is_system_schema, quote_qualified
from wdh.sql.operators import Equality
from wdh.words.language import join, later, say

_COLUMN_RIGHTS = ("SELECT", "INSERT", "UPDATE")
_ON_DELETE = {
    "c": later("delete rows of {table} ({constraint})"),
    "n": later("set NULL in {table} ({constraint})"),
    "d": later("set defaults in {table} ({constraint})"),
}
_EVENTS = {"2": "UPDATE", "3": "INSERT", "4": "DELETE"}
_UNLOGGED = "u"
_MAINTAIN_SINCE = 170_000


class Member(Struct, frozen=True):
    """The table itself, or a partition or inheritance child of it. ``kind`` is the catalogue's relkind."""

    target: Target
    kind: str
    is_unlogged: bool
    is_partition: bool


class Trigger(Struct, frozen=True):
    """A trigger that fires when the table or a part of it is written; ``rewrites``: it may change a row before."""

    name: str
    table: str
    rewrites: bool


class Rights(Struct, frozen=True):
    """The role's privileges on a table. ``denied`` lists, for each column, which of SELECT, INSERT, UPDATE are missing.

    ``role`` is its name as SQL has it; ``sequences`` are those it may not use, by the column that takes its default
    from there. ``hides_rows``: row security applies to the role.
    """

    role: str
    uses_schema: bool
    deletes: bool
    locks: bool
    hides_rows: bool
    denied: Mapping[str, frozenset[str]]
    sequences: Mapping[str, Target]


class WarehouseTable(Struct, frozen=True):
    """A table as the catalogue has it. ``target`` is how the plan names it, ``place`` its schema and name.

    ``members`` has the table itself first; ``rules`` are events by the rule's name; ``equalities`` how two values of
    a column are compared, of the columns that can be; ``zoned`` are the columns of a type with a time zone;
    ``cascades`` say which other tables a DELETE would change.
    """

    target: Target
    place: Target
    oid: int
    kind: str
    members: tuple[Member, ...]
    triggers: tuple[Trigger, ...]
    rules: Mapping[str, str]
    columns: Mapping[str, ColumnType]
    equalities: Mapping[str, Equality]
    zoned: frozenset[str]
    rights: Rights
    cascades: tuple[str, ...]

    @property
    def rewrites_rows(self) -> bool:
        """Whether a trigger may change a row before it is stored."""
        return any(trigger.rewrites for trigger in self.triggers)

    @property
    def is_watched(self) -> bool:
        """Whether a trigger or a rule may make something else of what is written."""
        return bool(self.triggers or self.rules)

    @property
    def watchers(self) -> str:
        """Name the triggers and rules for a sentence."""
        names = [
            say("trigger {trigger} on {table}", trigger=trigger.name, table=trigger.table) for trigger in self.triggers
        ]
        return join(", ", names + [say("rule {name}", name=name) for name in self.rules])

    @property
    def unlogged(self) -> Member | None:
        """The first part of the table that a crash of the server empties."""
        return next((member for member in self.members if member.is_unlogged), None)


def read_tables(cursor: Cursor, targets: Iterable[Target]) -> dict[Target, WarehouseTable]:
    """Look up each target; one that does not exist is not in the answer."""
    found = {target: find_relation(cursor, target) for target in targets}
    return {target: _read_table(cursor, target, *place) for target, place in found.items() if place is not None}


def find_relation(cursor: Cursor, target: Target) -> tuple[int, str, str, str] | None:
    """Find the relation that a target names on this connection: oid, schema, name, relkind; None: there is none.

    Raises ValueError for a name that PostgreSQL would cut and so take for another, SetupError for a table that is
    PostgreSQL's own, by whatever way its name was found.
    """
    quote_qualified(target.schema, target.table)  # judges the lengths, as for a name in SQL text
    schema = target.schema if target.schema and target.schema.strip() else None
    cursor.execute(catalogue.RELATION, {"schema": schema, "table": target.table})
    found: tuple[int, str, str, str] | None = cursor.fetchone()
    refuse_system_schema(target, schema if found is None else found[1])
    return found


def refuse_system_schema(target: Target, schema: str | None) -> None:
    """Raise SetupError where ``schema``, in which ``target`` was looked up or found, is PostgreSQL's own."""
    if schema is not None and is_system_schema(schema):
        way = "" if target.schema else say(" by way of the search_path")
        raise SetupError(
            say(
                "{target} is a table of PostgreSQL itself{way} ({schema}), and wdh neither reads nor writes "
                "those: name the schema and the table of yours in data_sources.yml. Nothing was written.",
                target=target.sql,
                way=way,
                schema=Target(schema, target.table).sql,
            ),
            table=target.sql,
            table_name=target.table,
        )


def _read_table(cursor: Cursor, target: Target, oid: int, schema: str, name: str, kind: str) -> WarehouseTable:
    def ask(question: str, **values: object) -> list[tuple[Any, ...]]:
        cursor.execute(question, {"oid": oid, **values})
        return cursor.fetchall()

    columns = {column: ColumnType(*described) for column, *described in ask(catalogue.COLUMNS)}
    return WarehouseTable(
        target=target,
        place=Target(schema, name),
        oid=oid,
        kind=kind,
        members=tuple(_member(*row) for row in ask(catalogue.MEMBERS)),
        triggers=tuple(Trigger(*row) for row in ask(catalogue.TRIGGERS)),
        rules={rule: _EVENTS[event] for rule, event in ask(catalogue.RULES)},
        columns=columns,
        equalities={
            column: Equality(*found)
            for column, *found in ask(catalogue.EQUALITIES, columns=write_array(tuple(columns), "text"))
        },
        zoned=frozenset(column for (column,) in ask(catalogue.ZONED)),
        rights=_read_rights(cursor, oid),
        cascades=tuple(
            say(_ON_DELETE[action], table=Target(owner, table).sql, constraint=constraint)
            for constraint, owner, table, action in ask(catalogue.CASCADES)
        ),
    )


def _member(schema: str, name: str, kind: str, persistence: str, is_partition: bool) -> Member:
    return Member(Target(schema, name), kind, persistence == _UNLOGGED, is_partition)


def _read_rights(cursor: Cursor, oid: int) -> Rights:
    locking = "UPDATE, DELETE, TRUNCATE" + (", MAINTAIN" if cursor.connection.server_version >= _MAINTAIN_SINCE else "")
    cursor.execute(catalogue.RIGHTS, {"oid": oid, "lock": locking})
    uses_schema, deletes, locks, hides_rows, role = cursor.fetchone() or (False, False, False, False, "…")
    cursor.execute(catalogue.COLUMN_RIGHTS, {"oid": oid})
    denied = {
        column: frozenset(right for right, has in zip(_COLUMN_RIGHTS, granted, strict=True) if not has)
        for column, *granted in cursor.fetchall()
    }
    cursor.execute(catalogue.SEQUENCES, {"oid": oid})
    sequences = {column: Target(schema, name) for column, schema, name in cursor.fetchall()}
    return Rights(role, uses_schema, deletes, locks, hides_rows, denied, sequences)
