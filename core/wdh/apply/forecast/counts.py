"""The counts and sums of a forecast as a document: no value of a row but the periods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh.apply.forecast.values import FactForecast, Forecast, PeriodForecast, ReferenceForecast


def forecast_counts(forecast: Forecast) -> dict[str, Any]:
    """Give what may be kept or handed on: without samples, keys and scopes. Sums are texts."""
    return {
        "references": [{"reference": each.reference, **count_reference(each)} for each in forecast.references],
        "facts": None
        if forecast.facts is None
        else {**count_facts(forecast.facts), "periods": _periods(forecast.facts)},
        "unknown": len(forecast.unknown),
    }


def count_reference(forecast: ReferenceForecast) -> dict[str, Any]:
    """Give the counts of one reference, and no key."""
    return {
        "table": forecast.target.sql,
        "candidates": forecast.candidates,
        "inserted": forecast.inserted,
        "rows_filled": forecast.rows_filled,
        "untouched": forecast.untouched,
        "filled": dict(forecast.filled),
        "disagreeing": dict(forecast.disagreeing),
    }


def count_facts(forecast: FactForecast) -> dict[str, Any]:
    """Give the counts of the facts of all periods, and no scope."""
    return {
        "table": forecast.target.sql,
        "period_column": forecast.period_column,
        "deleted": forecast.deleted,
        "inserted": forecast.inserted,
        **({"updated": forecast.updated} if forecast.key else {}),
    }


def upserted(period: PeriodForecast, *, is_upsert: bool) -> dict[str, int]:
    """Give the counts that only an upsert has; none where there is none."""
    return {"updated": period.updated, "moved": period.moved} if is_upsert else {}


def _periods(forecast: FactForecast) -> list[Mapping[str, Any]]:
    return [{**_period(each), **upserted(each, is_upsert=bool(forecast.key))} for each in forecast.periods]


def _period(forecast: PeriodForecast) -> Mapping[str, Any]:
    return {
        "period": forecast.period,
        "before": forecast.before,
        "deleted": forecast.deleted,
        "inserted": forecast.inserted,
        "left_behind": forecast.left_behind,
        "amounts": {
            name: {"before": format(amount.before, "f"), "after": format(amount.after, "f")}
            for name, amount in forecast.amounts.items()
        },
    }
