"""A name is resolved once, under the lock; whatever other sessions do with names afterwards, no row goes astray."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace
from support.runs import PLANS, planned

from wdh.apply import apply_plan
from wdh.errors import DatabaseError
from wdh.plan import Append
from wdh.sql.identifiers import Target


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(
        'CREATE SCHEMA live; CREATE TABLE live."计划" ("号" text, "名" text, "机构" text);'
        'CREATE TABLE live."明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


def test_schemas_that_are_swapped_while_a_run_is_at_work_end_it(warehouse: Any) -> None:
    """ALTER SCHEMA … RENAME asks for no lock on the tables inside; the facts would go half here and half there."""
    warehouse.execute('CREATE SCHEMA next; CREATE TABLE next."明细" (LIKE live."明细")')
    live = replace(PLANS, target=Target("live", "计划"))
    with planned([{"月": "2024-11-01", "计划": "A", "额": 1}], references=[live]) as made:
        steps = tuple(
            replace(step, target=Target("live", step.target.table))
            for step in made.steps
            if not isinstance(step, Append)
        )
        appended = next(step for step in made.steps if isinstance(step, Append))
        swapping = _Swapping(appended.facts, warehouse)
        plan = replace(made, steps=(*steps, replace(appended, target=Target("live", "明细"), facts=swapping)))
        with closing(warehouse.connect()) as connection, pytest.raises(DatabaseError, match="Run again") as caught:
            apply_plan(plan, connection)
    assert caught.value.facts["sqlstate"] == "40001"
    assert warehouse.rows('SELECT (SELECT count(*) FROM live."明细"), (SELECT count(*) FROM past."明细")') == [(0, 0)]


class _Swapping:
    """Facts during whose sending the schemas are swapped by another session."""

    def __init__(self, facts: Any, warehouse: Any) -> None:
        self._facts, self._warehouse = facts, warehouse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    def traced(self, lineage: Any) -> Any:
        swap = threading.Thread(
            target=self._warehouse.execute, args=("ALTER SCHEMA live RENAME TO past; ALTER SCHEMA next RENAME TO live",)
        )
        swap.start()
        swap.join()
        return self._facts.traced(lineage)


def test_the_report_of_a_bare_name_says_where_it_was_found(warehouse: Any) -> None:
    with planned([{"月": "2024-11-01", "计划": "A", "额": 1}]) as made:
        plan = replace(made, steps=tuple(replace(step, target=Target(None, step.target.table)) for step in made.steps))
        with closing(warehouse.connect(options="-c search_path=nowhere,live")) as connection:
            applied = apply_plan(plan, connection)
    assert {outcome.step.target for outcome in applied.outcomes} == {Target("live", "计划"), Target("live", "明细")}
    assert '"明细" was found in the search_path as "live"."明细"' in applied.plan.remarks
