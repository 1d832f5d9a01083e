"""The guards at work: on a plan alone, and in the transaction before its first write."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.forecast import Forecast
from wdh.apply.forecast.asking import can_read
from wdh.apply.guards.columns import find_vanished
from wdh.apply.guards.judging import judge, judge_delivery
from wdh.apply.guards.repeats import Repeats, find_repeats
from wdh.apply.guards.values import GuardRefused, Judged, Watch, decide
from wdh.facts.spool import FactRows
from wdh.plan import Plan
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target


def judge_plan(plan: Plan, watch: Watch) -> Judged:
    """Say what the guards find in a plan that no database was asked about."""
    facts = _loaded(plan)
    breaches = judge_delivery(watch, facts=facts, repeats=_repeats(facts, watch))
    return decide(breaches, watch.accept)


def watch_forecast(
    plan: Plan,
    cursor: Cursor,
    *,
    watch: Watch,
    forecast: Forecast,
    tables: Mapping[Target, WarehouseTable],
    ledger: Target | None,
) -> Judged:
    """Say what the guards find in a plan and its forecast. This writes nothing; the transaction may be read-only."""
    facts = _loaded(plan)
    forecast = _with_table_rows(forecast, cursor, watch=watch, tables=tables)
    vanished = () if facts is None else find_vanished(plan, cursor, watch=watch, tables=tables, ledger=ledger)
    breaches = judge(watch, forecast=forecast, facts=facts, repeats=_repeats(facts, watch), vanished=vanished)
    return decide(breaches, watch.accept)


def _with_table_rows(
    forecast: Forecast, cursor: Cursor, *, watch: Watch, tables: Mapping[Target, WarehouseTable]
) -> Forecast:
    """Count the rows of the fact table where a guard asks for a share of them, and the forecast has not."""
    facts, deletes = forecast.facts, watch.guards.deletes
    if facts is None or facts.table_rows is not None or deletes is None or deletes.share is None:
        return forecast
    readable = next(name for name in tables[facts.target].columns if can_read(tables[facts.target], name))
    cursor.execute(questions.count_table(facts.target, readable), ())
    (rows,) = cursor.fetchone() or (0,)
    return replace(forecast, facts=replace(facts, table_rows=rows))


def refuse(judged: Judged) -> None:
    """Raise GuardRefused where a guard says no."""
    if judged.refusing:
        raise GuardRefused(judged.breaches)


def _loaded(plan: Plan) -> FactRows | None:
    return plan.facts if any(step.reference is None for step in plan.writes) else None


def _repeats(facts: FactRows | None, watch: Watch) -> Repeats:
    return Repeats() if facts is None or watch.guards.repeated_rows == "off" else find_repeats(facts)
