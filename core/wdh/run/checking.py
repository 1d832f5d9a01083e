"""The checks over whole sheets, once all rows are collected: those of the configuration, of packages, and of guards."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply import RunRecord
from wdh.apply.guards import Watch
from wdh.apply.guards.columns import filled_columns
from wdh.checking.declared import find_breaks, make_checks
from wdh.context import RunContext
from wdh.errors import DataError
from wdh.facts import Note, Reject
from wdh.facts.sheets import FactReject, FactSheets
from wdh.facts.spool import FactRows
from wdh.intake import STOPPING
from wdh.intake.refusing import Refused, count_refused, group_rejects
from wdh.intake.tally import Intake, WorkbookTally, merge_notes
from wdh.logs import Log
from wdh.plan import Plan
from wdh.registry.hooks import Blocks, Hooks
from wdh.settings import Domain
from wdh.words.language import say

log = Log()


class Told(Struct, frozen=True):
    """The arguments of hooks beside the facts: the context, and the settings of plugins by name."""

    context: RunContext
    blocks: Blocks


class Checked(Struct, frozen=True):
    """The result of the checks: what was read as if transform had refused the facts that they refuse.

    ``refused`` are those facts, and ``notes`` are the checks' own; the candidates of ``intake`` are those of before.
    """

    intake: Intake
    refused: Refused
    notes: tuple[Note, ...]

    def complete(self, again: Intake) -> Intake:
        """Complete what was read a second time, without the facts that were refused."""
        notes = merge_notes((*again.notes, *self.notes))
        return replace(again, rejects=_sort_rejects(again.rejects, again.workbooks), notes=notes)

    def refuse_changed(self, tally: WorkbookTally, ordinal: int) -> None:
        """Raise DataError where the file of a sheet that is read again is not the one that was checked."""
        known = self.intake.workbooks
        if ordinal >= len(known) or known[ordinal].sha256 != tally.sha256:
            raise DataError(
                say("{file}: was changed while it was read. Run again when it is complete.", file=tally.file),
                file=tally.file,
            )


def check_intake(
    hooks: Hooks, domain: Domain, facts: FactSheets, intake: Intake, *, told: Told, more: Iterable[FactReject] = ()
) -> Checked:
    """Check all facts of a run; ``more`` are refused as well."""
    rejects, notes = find_rejects(hooks, domain, facts, told=told)
    rejects = (*rejects, *more)
    refused = group_rejects(rejects)
    plain = dict.fromkeys(reject.plain() for reject in rejects)
    log.info("facts_checked", facts=facts.count, refused=len(plain))
    return Checked(
        replace(
            intake,
            workbooks=count_refused(intake.workbooks, refused, intake.rejects),
            rejects=_sort_rejects((*intake.rejects, *plain), intake.workbooks) if plain else intake.rejects,
            notes=merge_notes((*intake.notes, *notes)),
        ),
        refused,
        notes,
    )


def _sort_rejects(rejects: Sequence[Reject], tallies: Sequence[WorkbookTally]) -> tuple[Reject, ...]:
    """Put rejects in the order of sheets and rows: by it, nobody sees how the rows were cut into batches."""
    places: dict[tuple[str, str], int] = {}
    for place, tally in enumerate(tallies):
        places.setdefault((tally.file, tally.sheet), place)
    return tuple(sorted(rejects, key=lambda reject: (places[reject.file, reject.sheet], reject.row)))


def show_facts(facts: FactRows, intake: Intake) -> FactSheets:
    """Show the facts as checks see them, with the rows of each sheet that are none."""
    return FactSheets.of(facts, (reject for reject in intake.rejects if reject.reason not in STOPPING))


def find_rejects(
    hooks: Hooks, domain: Domain, facts: FactSheets, *, told: Told
) -> tuple[tuple[FactReject, ...], tuple[Note, ...]]:
    """Find the facts that a check refuses, in the order of the sheets, and what else the checks tell."""
    found = tuple(find_breaks(make_checks(domain.checks), facts)) if domain.checks else ()
    notes = tuple(each for each in found if isinstance(each, Note))
    rejects = [each for each in found if isinstance(each, FactReject)]
    rejects += hooks.check_facts(told.context, facts, blocks=told.blocks)
    return tuple(sorted(rejects, key=lambda reject: (reject.workbook, reject.row, reject.group))), notes


def make_watch(domain: Domain, intake: Intake, *, accept: frozenset[str], today: datetime.date) -> Watch:
    """Make ready what the guards look at; ``today`` is the day of the run."""
    unread = {
        header: say("{file}, sheet {sheet}, {cell}", file=tally.file, sheet=tally.sheet, cell=cell)
        for tally in intake.workbooks
        for header, cell in tally.unread.items()
    }
    columns = domain.columns or {}
    defaults = (name for name, column in columns.items() if isinstance(column, dict) and "default" in column)
    return Watch(domain.guards, accept, today, domain.columns is not None, unread=unread, defaults=frozenset(defaults))


def record_columns(record: RunRecord, plan: Plan, watch: Watch) -> RunRecord:
    """Add to what a run says of itself which fact columns had values; none where it loads no facts."""
    if plan.facts is None or all(step.reference is not None for step in plan.writes):
        return record
    return replace(record, columns=filled_columns(plan.facts, defaults=watch.defaults))
