"""The counts and sums of a forecast as a document: no value of a row but the periods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh.apply.forecast.values import FactForecast, Forecast, PeriodForecast, ReferenceForecast


def forecast_counts(forecast: Forecast) -> dict[str, Any]:
    """Give what may be kept or handed on: without samples, keys and scopes. Sums are texts."""
    return {
        "references": [_reference(each) for each in forecast.references],
        "facts": None if forecast.facts is None else _facts(forecast.facts),
        "unknown": len(forecast.unknown),
    }


def _reference(forecast: ReferenceForecast) -> Mapping[str, Any]:
    return {
        "reference": forecast.reference,
        "table": forecast.target.sql,
        "candidates": forecast.candidates,
        "inserted": forecast.inserted,
        "rows_filled": forecast.rows_filled,
        "untouched": forecast.untouched,
        "filled": dict(forecast.filled),
        "disagreeing": dict(forecast.disagreeing),
    }


def _facts(forecast: FactForecast) -> Mapping[str, Any]:
    return {
        "table": forecast.target.sql,
        "period_column": forecast.period_column,
        "deleted": forecast.deleted,
        "inserted": forecast.inserted,
        "periods": [_period(each) for each in forecast.periods],
    }


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
