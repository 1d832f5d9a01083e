"""A forecast is the outcome, row by row and sum by sum, and what others write meanwhile is told."""

from __future__ import annotations

import sys

from borrowed import Foreseeable, find_surprise
from borrowed import situations as drawn
from experiment import Finding, Place
from hypothesis import HealthCheck, Phase, given, settings


def prove_forecasts(place: Place, *, situations: int) -> Finding:
    """Forecast random plans on random tables, let another session write in each second one, apply, and compare."""
    tried = meddled = losses = 0

    @settings(
        max_examples=situations,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn())
    def hold(situation: Foreseeable) -> None:
        nonlocal tried, meddled, losses
        meddles = tried % 2 == 1
        tried, meddled = tried + 1, meddled + meddles
        found = find_surprise(situation, connection, meddles=meddles)
        if found is not None:
            losses += 1
            print(f"forecast: {situation}: {found}", file=sys.stderr)

    with place.connect() as connection:
        hold()
    experiment = "random tables and deliveries: the forecast, plain Python, and the tables after the apply"
    remark = f"in {meddled:,} of them another session wrote between forecast and locks"
    return Finding("0: nothing comes as a surprise", experiment, tried, 0, losses, remark)
