"""Forecasts the effects of a plan on the rows of the warehouse, counted before anything is written."""

from __future__ import annotations

from wdh.apply.forecast.changes import ChangeKind, ChangeList, Listed
from wdh.apply.forecast.forecasting import forecast
from wdh.apply.forecast.values import (
    AmountForecast,
    Change,
    FactForecast,
    Forecast,
    LeftBehind,
    PeriodForecast,
    ReferenceForecast,
)

__all__ = [
    "AmountForecast",
    "Change",
    "ChangeKind",
    "ChangeList",
    "FactForecast",
    "Forecast",
    "LeftBehind",
    "Listed",
    "PeriodForecast",
    "ReferenceForecast",
    "forecast",
]
