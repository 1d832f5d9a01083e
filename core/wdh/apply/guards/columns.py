"""Fact columns that have no header in a delivery, and had values before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from wdh.apply.catalogue import WarehouseTable, read_tables
from wdh.apply.forecast.asking import NotAnswered, ask, can_read, describe, read_blocks, write_values
from wdh.apply.guards.values import Vanished, Watch
from wdh.facts.spool import FactRows
from wdh.plan import DeleteScope, Plan, Upsert
from wdh.sql import forecast
from wdh.sql import ledger as questions
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.headers import near_header

RUNS = 12
"""How many of a domain's latest runs are asked for their columns."""


def filled_columns(facts: FactRows, *, defaults: Collection[str] = ()) -> tuple[str, ...]:
    """Name the columns of the facts that have values, for the ledger."""
    absent = {*absent_columns(facts, defaults=defaults)}
    return tuple(name for name in facts.columns if name not in absent and facts.profiles[name].kinds - {type(None)})


def absent_columns(facts: FactRows, *, defaults: Collection[str] = ()) -> tuple[str, ...]:
    """Name the columns for which no sheet has a header. ``defaults`` are those that have a value even so."""
    return tuple(name for name in facts.columns if facts.absent(name) or _is_default(facts, name, defaults))


def _is_default(facts: FactRows, name: str, defaults: Collection[str]) -> bool:
    return name in defaults and not facts.has_cells(name) and len(facts.distinct_values(name)) == 1


def find_vanished(
    plan: Plan, cursor: Cursor, *, watch: Watch, tables: Mapping[Target, WarehouseTable], ledger: Target | None
) -> tuple[Vanished, ...]:
    """Find the columns that the delivery lacks, and that had values in what it replaces or updates, or in late runs."""
    if plan.facts is None or not plan.facts.count or watch.guards.vanished_columns == "off":
        return ()
    absent = absent_columns(plan.facts, defaults=watch.defaults)
    recorded = _recorded(cursor, ledger, plan.domain)
    gone = dict.fromkeys((*absent, *(name for name in recorded if name not in plan.facts.columns)))
    if not gone:
        return ()
    replaced = _count_replaced(plan, cursor, columns=tuple(gone), tables=tables)
    return tuple(
        _describe(name, replaced[name], recorded=name in recorded, unread=watch.unread)
        for name in gone
        if replaced[name] or name in recorded
    )


def _describe(name: str, replaced: int, *, recorded: bool, unread: Mapping[str, str]) -> Vanished:
    near = near_header(name, unread)
    return Vanished(name, replaced, recorded, near, None if near is None else unread[near])


def _count_replaced(
    plan: Plan, cursor: Cursor, *, columns: Sequence[str], tables: Mapping[Target, WarehouseTable]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for step in plan.steps:
        if isinstance(step, DeleteScope) and step.standing is None:
            by, lost = step.columns, columns
            blocks: Iterable[list[str]] = [
                [write_values([row[place] for row in step.rows]) for place in range(len(by))]
            ]
        elif isinstance(step, Upsert):
            by, lost = step.key, [name for name in columns if name in step.update]
            blocks = read_blocks(step.facts, by)
        else:
            continue
        table = tables[step.target]
        asked = [name for name in lost if can_read(table, name)]
        if not asked or not all(can_read(table, name) for name in by):
            continue
        question = forecast.count_values(step.target, asked, scopes=[[describe(table, name) for name in by]])
        with suppress(NotAnswered):  # what the server does not take as a scope is a scope of no fact
            for values in blocks:
                (found,) = ask(cursor, question, values)
                counts.update(dict(zip(asked, found, strict=True)))
    return counts


def _recorded(cursor: Cursor, ledger: Target | None, domain: str) -> frozenset[str]:
    """Read which columns the latest runs had values in; none where the ledger is new, or too old to say."""
    if ledger is None:
        return frozenset()
    table = read_tables(cursor, [ledger]).get(ledger)
    if table is None or not all(can_read(table, name) for name in ("domain", "columns", "committed_at")):
        return frozenset()
    cursor.execute(questions.recorded_columns(table.place), (domain, RUNS))
    return frozenset(name for (name,) in cursor.fetchall())
