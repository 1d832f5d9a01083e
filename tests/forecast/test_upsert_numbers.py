"""An upsert writes what plain Python says it must, as often as it runs, and its forecast said so before."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from support.forecasts import forecast_of
from support.thoroughness import examples
from support.upserts import Stocked, situations, upserting

from wdh.apply import apply_plan
from wdh.apply.forecast import Forecast


def told(made: Forecast) -> dict[str | None, tuple[Any, ...]]:
    assert made.facts is not None
    assert made.unknown == ()
    return {
        period.period: (
            period.before,
            period.inserted,
            period.updated,
            period.after,
            *((each.before, each.size_before) for each in period.amounts.values()),
            *((each.after, each.size_after) for each in period.amounts.values()),
        )
        for period in made.facts.periods
    }


def test_rows_and_forecast_are_plain_pythons_and_a_second_run_changes_nothing(database: Any) -> None:
    @settings(max_examples=examples(60))
    @given(situations())
    def hold(situation: Stocked) -> None:
        rows, periods = situation.expect()
        with upserting(situation.delivery, key=situation.key, update=situation.update) as plan:
            situation.create(connection)
            made = forecast_of(plan, connection)
            assert told(made) == periods
            applied, again = apply_plan(plan, connection), apply_plan(plan, connection)
        (outcome,), (second,) = applied.outcomes, again.outcomes
        assert applied.forecast == made
        assert outcome.counts == {"inserted": made.facts.inserted, "updated": made.facts.updated}
        assert not [remark for remark in applied.plan.remarks if "forecast" in remark]
        assert situation.rows(connection) == rows
        assert second.counts == {"inserted": 0, "updated": 0}

    with database.connect() as connection:
        hold()
