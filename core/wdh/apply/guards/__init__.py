"""The guards: they find what nobody does on purpose, before the first write."""

from __future__ import annotations

from wdh.apply.guards.judging import judge_plan, refuse, watch_forecast
from wdh.apply.guards.values import GUARDS, NOTHING_FOUND, Breach, GuardRefused, Judged, Watch

__all__ = [
    "GUARDS",
    "NOTHING_FOUND",
    "Breach",
    "GuardRefused",
    "Judged",
    "Watch",
    "judge_plan",
    "refuse",
    "watch_forecast",
]
