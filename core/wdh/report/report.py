"""The result of a run: the values behind every form of the report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from wdh.apply import StepOutcome
from wdh.apply.forecast import Forecast
from wdh.apply.guards import NOTHING_FOUND, Judged
from wdh.apply.history import RecordedRun
from wdh.approval import Approval
from wdh.discovery import Considered
from wdh.intake.tally import Intake
from wdh.plan import Plan, Skip, Statement
from wdh.registry import Off

Stage: TypeAlias = Literal["prepare", "read", "plan", "forecast", "apply"]


class StageTime(Struct, frozen=True):
    """How many seconds a stage of a run took: ``prepare``, ``read``, ``plan``, ``forecast`` or ``apply``."""

    stage: str
    seconds: float


class Report(Struct, frozen=True):
    """A run, planned or executed. ``outcomes`` is None for a plan that was only shown.

    ``skip_facts`` says whether anything vetoed the facts, and ``vetoes`` who and why; ``plugins_off`` could not, as
    they were not asked. ``database`` describes where
    the plan was applied, without its password; None where none was needed. ``run_id`` is that of the run's row in the
    ledger; None where it has none. ``unchanged_since`` is the earlier run with the same input, where therefore nothing
    was read nor written. ``passed_over`` are the files and folders that are not of this run, each with its reason;
    ``data_dir`` is the folder in which they were found. ``forecast`` is what the plan would do as the warehouse stood,
    or, of an executed run, what was counted under the locks, with ``foreseen`` as it was before them; each None where
    nobody asked. ``approval`` is the document that was made of the plan, or by which it was executed. ``judged`` are
    the findings of the guards; of a plan without a forecast, those that need no database. ``periods`` are the facts
    that the plan loads by period, as describe_periods() has them; None: it loads none. ``history`` are the latest runs
    of the domain, this one among them if it was recorded, the newest first; None: nobody asked for them. ``stages``
    are in the order in which they were gone through.
    """

    domain: str
    intake: Intake
    plan: Plan
    skip_facts: bool
    vetoes: tuple[str, ...]
    plugins_off: tuple[Off, ...] = ()
    outcomes: tuple[StepOutcome, ...] | None = None
    database: str | None = None
    run_id: str | None = None
    unchanged_since: RecordedRun | None = None
    approval: Approval | None = None
    seconds: float = 0.0
    passed_over: tuple[Considered, ...] = ()
    data_dir: Path | None = None
    forecast: Forecast | None = None
    foreseen: Forecast | None = None
    judged: Judged = NOTHING_FOUND
    periods: Mapping[str, Any] | None = None
    history: tuple[RecordedRun, ...] | None = None
    stages: tuple[StageTime, ...] = ()

    @property
    def executed(self) -> bool:
        """Whether the plan was applied and committed."""
        return self.outcomes is not None

    @property
    def loads_facts(self) -> bool:
        """Whether the plan has anything for the fact table: nothing vetoed it, and there are facts."""
        return not any(step.reference is None for step in self.plan.of(Skip))

    @property
    def would_change(self) -> bool:
        """Whether applying the plan would do anything, as far as is known; what cannot be counted might."""
        if self.forecast is None or self.forecast.changes:
            return bool(self.plan.writes)
        counted = {found.target for found in self.forecast.references}
        if self.forecast.facts is not None:
            counted.add(self.forecast.facts.target)
        return bool(self.plan.of(Statement)) or not counted.issuperset(self.plan.targets)


class StageClock:
    """Measures stages that follow each other without a gap; the first begins with the clock."""

    def __init__(self) -> None:
        self.started = self._last = time.perf_counter()
        self._ended: list[StageTime] = []

    def end(self, stage: Stage) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self._ended.append(StageTime(stage, now - self._last))
        self._last = now

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """The stages that are over, in their order."""
        return tuple(self._ended)
