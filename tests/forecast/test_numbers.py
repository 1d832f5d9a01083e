"""Every number of a forecast is what plain Python counts, and what the apply then does, in random small situations."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from support.forecasts import Situation, expect_facts, expect_reference, forecast_of, situations

from wdh.apply import apply_plan
from wdh.apply.forecast import Forecast
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Plan

COUNT = """
SELECT "月"::text, count(*), coalesce(sum("额"), 0), coalesce(sum(abs("额")), 0),
       coalesce(sum("费"), 0), coalesce(sum(abs("费")), 0) FROM public."明 细" GROUP BY "月" """


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


def check_outcome(plan: Plan, made: Forecast, connection: Any) -> None:
    applied = apply_plan(plan, connection)
    done = {kind: sum(each.rows for each in applied.outcomes if isinstance(each.step, kind)) for kind in KINDS}
    assert done[InsertMissing] == sum(found.inserted for found in made.references)
    assert done[FillNullOnly] == sum(found.rows_filled for found in made.references)
    assert made.facts is not None
    assert (done[DeleteScope], done[Append]) == (made.facts.deleted, made.facts.inserted)
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    connection.rollback()
    for period in made.facts.periods:
        after, *sums = counted.get(period.period, (0, 0, 0, 0, 0))
        assert period.after == after
        known = dict(zip(("额", "费"), (sums[:2], sums[2:]), strict=True))
        for name, amount in period.amounts.items():
            assert [amount.after, amount.size_after] == known[name]


KINDS = (InsertMissing, FillNullOnly, DeleteScope, Append)


def test_each_number_is_plain_pythons_and_the_outcomes(database: Any) -> None:
    @given(situations())
    def hold(situation: Situation) -> None:
        with situation.planned() as plan:
            situation.create(connection)
            made = forecast_of(plan, connection)
            check_numbers(situation, plan, made)
            check_outcome(plan, made, connection)

    with database.connect() as connection:
        hold()
