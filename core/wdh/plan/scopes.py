"""Which facts a delivery replaces, where that is not just the scopes (pk) that it has."""

from __future__ import annotations

from collections.abc import Sequence

from wdh.errors import SetupError
from wdh.facts.spool import FactRows
from wdh.plan.steps import DeleteScope, Step


def replace_periods(steps: Sequence[Step], facts: FactRows) -> Sequence[Step]:
    """Delete whole periods instead of scopes, so that no fact of a delivered period is left behind.

    Raises SetupError where no column tells the periods of all facts apart.
    """
    deletes = [step for step in steps if isinstance(step, DeleteScope)]
    if not deletes:
        return steps
    period = facts.period_column
    if period is None or None in facts.periods:
        raise SetupError(
            "guards: left_behind: delete replaces whole periods, and "
            + ("no column of pk holds dates" if period is None else f"some facts have no {period}")
            + ". Name the column of the period in data_sources.yml (period:), or let left_behind be report or refuse. "
            "Nothing was touched."
        )
    rows = tuple((value,) for value in facts.periods)
    whole = {step.target: DeleteScope(step.target, (period,), rows) for step in deletes}
    return [
        whole.pop(step.target) if isinstance(step, DeleteScope) else step
        for step in steps
        if not isinstance(step, DeleteScope) or step.target in whole
    ]
