"""Every number of a forecast is what plain Python counts, and what the apply then does, in random small situations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from support.forecasts import Situation, expect_facts, expect_reference, find_surprise, forecast_of, situations
from support.thoroughness import examples

from wdh.apply.forecast import Forecast
from wdh.plan import FillNullOnly, InsertMissing, Plan


def check_numbers(situation: Situation, plan: Plan, made: Forecast) -> None:
    assert made.unknown == ()
    steps = [*plan.of(InsertMissing), *plan.of(FillNullOnly)]
    assert len(made.references) == bool(steps)
    for found in made.references:
        rows = [tuple(row[steps[0].columns.index(column)] for column in ("号", "名", "机构")) for row in steps[0].rows]
        expected = expect_reference(situation, rows, updatable=bool(plan.of(FillNullOnly)))
        assert found.candidates == len(rows)
        assert {name: getattr(found, name) for name in expected} == expected
        assert len(found.new_keys) == found.inserted
        assert len(found.fills) == sum(found.filled.values())
        assert len(found.disagreements) == sum(found.disagreeing.values())
    assert made.facts is not None
    told = {
        period.period: {
            "before": period.before,
            "deleted": period.deleted,
            "inserted": period.inserted,
            "left_behind": period.left_behind,
            "amounts": {
                name: (amount.before, amount.size_before, amount.after, amount.size_after)
                for name, amount in period.amounts.items()
            },
        }
        for period in made.facts.periods
    }
    assert told == expect_facts(situation)
    assert list(told) == sorted(told, key=str)
    assert sum(left.facts for left in made.facts.left_behind) == sum(
        period.left_behind or 0 for period in made.facts.periods
    )


def test_each_number_is_plain_pythons(database: Any) -> None:
    @given(situations())
    def hold(situation: Situation) -> None:
        with situation.planned() as plan:
            situation.create(connection)
            check_numbers(situation, plan, forecast_of(plan, connection))

    with database.connect() as connection:
        hold()


@pytest.mark.parametrize("meddles", [False, True], ids=["nobody else writes", "another session writes meanwhile"])
def test_each_number_is_the_outcome(database: Any, meddles: bool) -> None:
    """The proof run (``proof/forecasts.py``) tries a thousand situations."""

    @settings(max_examples=examples(40))
    @given(situations())
    def hold(situation: Situation) -> None:
        assert find_surprise(situation, connection, meddles=meddles) is None

    with database.connect() as connection:
        hold()
