"""Forecasting: every step of a plan held against the rows of the warehouse, by questions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.forecast.candidates import collect_candidates
from wdh.apply.forecast.changes import ChangeList
from wdh.apply.forecast.facts import forecast_facts
from wdh.apply.forecast.references import forecast_reference
from wdh.apply.forecast.values import Forecast
from wdh.apply.preparation import tell_keys_apart
from wdh.plan import InsertRows, Plan, Skip, Statement
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say


def forecast(
    plan: Plan, cursor: Cursor, *, tables: Mapping[Target, WarehouseTable], changes: ChangeList | None = None
) -> Forecast:
    """Say what ``plan`` would do, by SELECTs in the cursor's transaction, which may be read-only.

    ``plan`` and ``tables`` are those of a Look or, under the locks, of a Prepared; the session must write and read
    values as :func:`wdh.apply.prepare` sets it to. What cannot be counted is said in ``unknown``. ``changes``
    lists every change of this forecast then, and no other; None: samples are enough. Raises psycopg2.Error where the
    server does not answer, and SetupError where there is no room for the list.
    """
    plan = tell_keys_apart(plan, tables)
    unknown = [*_doubts(plan, tables)]
    references = []
    if changes is not None:
        changes.begin()
    for found in collect_candidates(plan):
        made, more = forecast_reference(found, cursor, table=tables[found.target], changes=changes)
        unknown += more
        if made is not None:
            references.append(made)
    facts, more = forecast_facts(plan, cursor, tables=tables)
    return Forecast(tuple(references), facts, tuple(dict.fromkeys((*unknown, *more))))


def _doubts(plan: Plan, tables: Mapping[Target, WarehouseTable]) -> Iterator[str]:
    """Say what may make the outcome another one than what is counted."""
    for step in plan.of(Statement):
        yield say(
            "{target}: what the statement of {origin} changes cannot be counted",
            target=step.target.sql,
            origin=step.origin or say("the domain"),
        )
    for inserted in plan.of(InsertRows):
        yield say("{target}: rows from memory are inserted, and not counted", target=inserted.target.sql)
    writers: Counter[Target] = Counter()
    for target, _ in {(step.target, step.reference) for step in plan.steps if not isinstance(step, (Skip, Statement))}:
        writers[target] += 1
    for target in sorted(target for target, count in writers.items() if count > 1):
        yield (
            say(
                "{target} is written for several references, or for facts, too: each is counted as if it came first",
                target=target.sql,
            )
        )
    for table in tables.values():
        if table.is_watched:
            yield say(
                "{place}: {watchers} may make something else of what is written",
                place=table.place.sql,
                watchers=table.watchers,
            )
