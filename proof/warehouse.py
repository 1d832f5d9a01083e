"""The small warehouse that races and faults are let loose on, and the runs they meet."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from experiment import Place

from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Plan, Step
from wdh.sql.identifiers import Target

PLANS, PORTFOLIOS, FACTS = Target("public", "计划"), Target("public", "组合"), Target("public", "事实")
MONTH = datetime.date(2024, 11, 1)


def make_tables(place: Place, *, unique: bool) -> None:
    """Create two reference tables, with or without a unique key, and a fact table."""
    key = "UNIQUE" if unique else ""
    for target in (PLANS, PORTFOLIOS):
        place.execute(f'CREATE TABLE {target.sql} (id int GENERATED ALWAYS AS IDENTITY, "号" text {key}, "名" text)')
    place.execute(f'CREATE TABLE {FACTS.sql} ("月" date, "号" text, "额" numeric(20,4))')


@contextmanager
def a_run(keys: Sequence[str], *, scope: str, backwards: bool = False) -> Iterator[Plan]:
    """Have the plan of a run that needs ``keys`` and loads one fact for each, all in ``scope``."""
    with Spool(("号",)) as spool:
        values = {"月": [MONTH] * len(keys), "号": [scope] * len(keys), "额": [float(n) for n in range(len(keys))]}
        spool.append(Facts(list(range(2, 2 + len(keys))), values), file="f.xlsx", sheet="明细")
        facts = spool.facts()
        rows = tuple((key, f"名{key}") for key in keys)
        references: list[Step] = [
            step
            for target in (PLANS, PORTFOLIOS)
            for step in (
                InsertMissing(target.table, target, ("号",), ("号", "名"), rows),
                FillNullOnly(target.table, target, ("号",), ("号", "名"), rows),
            )
        ]
        steps = references[::-1] if backwards else references
        yield Plan("proof", (*steps, DeleteScope(FACTS, ("号",), facts.distinct(("号",))), Append(FACTS, facts)))


def contents(place: Place) -> list[list[tuple[object, ...]]]:
    """Everything in the three tables but the generated keys, sorted."""
    references = [place.rows(f'SELECT "号", "名" FROM {target.sql} ORDER BY 1, 2') for target in (PLANS, PORTFOLIOS)]
    return [*references, place.rows(f'SELECT "月"::text, "号", "额"::text FROM {FACTS.sql} ORDER BY 1, 2, 3')]
