"""The outcomes of an apply."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from wdh.apply.forecast.values import Forecast
from wdh.apply.guards.values import NOTHING_FOUND, Judged
from wdh.plan import Plan, Step, Upsert


class StepOutcome(Struct, frozen=True):
    """The outcome of a step: the step as it ran, the rows it touched, the seconds it took. A Skip touches none.

    ``updated`` of the rows were there before; the step is an Upsert then, which inserted the others.
    """

    step: Step
    rows: int
    seconds: float
    updated: int = 0

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows it did what to, by the word for that: ``inserted``, ``deleted`` …"""
        if isinstance(self.step, Upsert):
            return {"inserted": self.rows - self.updated, "updated": self.updated}
        return {} if self.step.done is None else {self.step.done: self.rows}


class Applied(Struct, frozen=True):
    """A plan that was committed: as it ran, with one outcome per step, and whether the ledger has the run.

    ``forecast`` is what was counted under the locks, before the first step. ``judged`` is what the guards found.
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
