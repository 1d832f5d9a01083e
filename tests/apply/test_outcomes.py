"""What a forecast and an outcome do not have in common is told by its count, and nothing where they agree."""

from __future__ import annotations

import pytest

from wdh.apply.forecast.values import FactForecast, Forecast, PeriodForecast, ReferenceForecast
from wdh.apply.outcomes import StepOutcome, compare_forecasts, compare_outcomes
from wdh.plan import DeleteScope, InsertMissing
from wdh.sql.identifiers import Target

FACTS, SHOPS = Target("public", "f"), Target("public", "s")
NOVEMBER, DECEMBER = PeriodForecast("2024-11", 4, 2, 3, 2), PeriodForecast("2024-12", 7, 0, 1, 0)


def forecast(*periods: PeriodForecast, inserted: int = 3) -> Forecast:
    shops = ReferenceForecast("shops", SHOPS, ("k",), candidates=5, inserted=inserted)
    return Forecast((shops,), FactForecast(FACTS, "m", ("m",), periods))


@pytest.mark.parametrize(
    ("inserted", "deleted", "told"),
    [
        (3, 2, ()),
        (2, 2, ("refs.shops: 3 inserted were forecast, and 2 were",)),
        (3, 0, ('facts of "public"."f": 2 deleted were forecast, and 0 were',)),
    ],
)
def test_a_step_that_touches_other_rows_than_were_forecast_is_told(
    inserted: int, deleted: int, told: tuple[str, ...]
) -> None:
    steps = (
        InsertMissing("shops", SHOPS, ("k",), ("k",), (("a",), ("b",), ("c",))),
        DeleteScope(FACTS, ("m",), (("2024-11",),)),
    )
    outcomes = [StepOutcome(step, rows, 0.0) for step, rows in zip(steps, (inserted, deleted), strict=True)]
    assert compare_outcomes(forecast(NOVEMBER), outcomes) == told


def test_a_period_that_others_brought_meanwhile_was_none_before() -> None:
    assert compare_forecasts(forecast(NOVEMBER), forecast(NOVEMBER)) == ()
    told = compare_forecasts(forecast(NOVEMBER), forecast(NOVEMBER, DECEMBER, inserted=4))
    assert [line.partition(",")[0] for line in told if "2024-12" not in line] == [
        "refs.shops: inserted 3 in the forecast",
        'facts of "public"."f": inserted 3 in the forecast',
    ]
    (period,) = (line for line in told if "2024-12" in line)
    assert period.startswith(
        'facts of "public"."f", 2024-12: in the table 0 in the forecast, and 7 when the tables were'
    )
