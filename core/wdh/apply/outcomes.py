"""The outcomes of an apply, and sentences about what they and forecasts of one plan do not have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from wdh.apply.forecast.values import Forecast
from wdh.apply.guards.values import NOTHING_FOUND, Judged
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Step, Upsert
from wdh.words.language import later, say
from wdh.words.printable import show_controls

Counts = Mapping[tuple[str, str], int]
"""Something that a forecast counts, such as the keys inserted for a reference, and its number."""


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


def compare_forecasts(before: Forecast, under_locks: Forecast) -> tuple[str, ...]:
    """Say what others changed in the warehouse between a forecast and the locks."""
    return tuple(
        say(
            "{what}: {count} {was:,} in the forecast, and {now:,} when the tables were locked, as others "
            "wrote meanwhile",
            what=what,
            count=say(count),
            was=was,
            now=now,
        )
        for (what, count), was, now in _differences(_count(before), _count(under_locks))
    )


def compare_outcomes(made: Forecast, outcomes: Sequence[StepOutcome]) -> tuple[str, ...]:
    """Say where the rows that were touched are others than those forecast under the locks."""
    done: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        step = outcome.step
        if isinstance(step, (InsertMissing, FillNullOnly, DeleteScope, InsertRows, Append, Upsert)):
            what = (
                say("facts of {target}", target=step.target.sql) if step.reference is None else f"refs.{step.reference}"
            )
            done.update({(what, count): rows for count, rows in outcome.counts.items()})
    expected = {(what, count): rows for (what, count), rows in _count(made).items() if (what, count) in done}
    return tuple(
        say("{what}: {was:,} {count} were forecast, and {now:,} were", what=what, was=was, count=say(count), now=now)
        for (what, count), was, now in _differences(expected, {key: done[key] for key in expected})
    )


def _count(made: Forecast) -> Counts:
    counts: Counter[tuple[str, str]] = Counter()
    for found in made.references:
        what = f"refs.{found.reference}"
        counts[what, later("inserted")] += found.inserted
        counts[what, later("filled")] += found.rows_filled
        counts[what, later("differing")] += sum(found.disagreeing.values())
    if made.facts is not None:
        table = say("facts of {target}", target=made.facts.target.sql)
        counts[table, later("deleted")] += made.facts.deleted
        counts[table, later("inserted")] += made.facts.inserted
        counts[table, later("updated")] += made.facts.updated
        for period in made.facts.periods:
            what = (
                table
                if period.period is None
                else say("{table}, {period}", table=table, period=show_controls(period.period))
            )
            counts[what, later("in the table")] += period.before
            counts[what, later("left behind")] += period.left_behind or 0
    return counts


def _differences(one: Counts, other: Counts) -> Iterator[tuple[tuple[str, str], int, int]]:
    for key in dict.fromkeys((*one, *other)):
        was, now = one.get(key, 0), other.get(key, 0)
        if was != now:
            yield key, was, now
