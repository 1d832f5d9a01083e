"""Playing many sequences on one database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import psycopg2
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .domain import installed
from .ground import QUICK, Ground
from .machine import HoldingsMachine, Tally

STEPS = 8


def play(dsn: str, folder: Path, *, sequences: int, tally: Tally, shrink: bool = True, **options: object) -> None:
    """Play ``sequences`` of STEPS steps each, counted in ``tally``.

    Raises AssertionError, or what the job raised and should not have, for the smallest sequence found (the first one
    with ``shrink`` False). ``options`` go to Hypothesis.
    """
    phases = (Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else []))
    limits = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        **options,  # type: ignore[arg-type]
    )
    with (
        installed(folder / "site"),
        patch("time.sleep"),  # nothing passes while a run waits before it tries again: there is nobody else
        closing(psycopg2.connect(dsn, options=QUICK)) as session,
    ):
        session.autocommit = True
        ground = Ground(dsn, folder / "ground", session)
        run_state_machine_as_test(lambda: HoldingsMachine(ground, tally), settings=limits)
