"""All that the guards of a run are told beside its plan, and that the ledger keeps for those of later runs."""

from __future__ import annotations

import datetime

from msgspec.structs import replace

from wdh.apply import RunRecord
from wdh.apply.guards import Watch
from wdh.apply.guards.columns import filled_columns
from wdh.intake.tally import Intake
from wdh.plan import Plan
from wdh.settings import Domain
from wdh.words.language import say


def make_watch(domain: Domain, intake: Intake, *, accept: frozenset[str], today: datetime.date) -> Watch:
    """Make ready what the guards look at; ``today`` is the day of the run."""
    unread = {
        header: say("{file}, sheet {sheet}, {cell}", file=tally.file, sheet=tally.sheet, cell=cell)
        for tally in intake.workbooks
        for header, cell in tally.unread.items()
    }
    columns = domain.columns or {}
    defaults = (name for name, column in columns.items() if isinstance(column, dict) and "default" in column)
    return Watch(
        domain.guards, accept, today, unread=unread, defaults=frozenset(defaults), declares=domain.columns is not None
    )


def record_columns(record: RunRecord, plan: Plan, watch: Watch) -> RunRecord:
    """Add to what a run says of itself which fact columns had values; none where it loads no facts."""
    if plan.facts is None or all(step.reference is not None for step in plan.writes):
        return record
    return replace(record, columns=filled_columns(plan.facts, defaults=watch.defaults))
