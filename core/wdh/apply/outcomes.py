"""The outcomes of an apply."""

from __future__ import annotations

from msgspec import Struct

from wdh.apply.forecast.values import Forecast
from wdh.apply.guards.values import NOTHING_FOUND, Judged
from wdh.plan import Plan, Step


class StepOutcome(Struct, frozen=True):
    """The outcome of a step: the step as it ran, the rows it touched, the seconds it took. A Skip touches none."""

    step: Step
    rows: int
    seconds: float


class Applied(Struct, frozen=True):
    """A plan that was committed: as it ran, with one outcome per step, and whether the ledger has the run.

    ``forecast`` is what was counted under the locks, before the first step.
    ``judged`` is what the guards found.
    """

    plan: Plan
    outcomes: tuple[StepOutcome, ...]
    forecast: Forecast
    is_recorded: bool = False
    judged: Judged = NOTHING_FOUND

    @property
    def accepted(self) -> tuple[str, ...]:
        """The guards that said no and were accepted."""
        return self.judged.accepted
