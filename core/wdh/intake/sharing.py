"""Collects a large sheet in several processes: helpers take the lower rows, this process those above.

A helper calls the same hooks of the domain, so that the result is the same. Where it fails, this process collects its
rows as well, and reports what is wrong with them.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.context import RunContext
from wdh.domain.loading import DomainSource, declared_columns
from wdh.facts import Batch
from wdh.facts.spool import Spool
from wdh.intake import Collector, PartialIntake
from wdh.intake.collecting import Held
from wdh.intake.tally import WorkbookTally
from wdh.logs import Log
from wdh.process import observation
from wdh.process.helper import Helper, HelperEnded
from wdh.registry import conduct
from wdh.registry.hooks import Hooks
from wdh.registry.implementations import describe_error
from wdh.reshaping import Reshaping
from wdh.settings import Domain, Reference
from wdh.workbook import LowerRows, Sheet

if TYPE_CHECKING:
    from wdh.computing import Found
    from wdh.intake.refusing import Refused

log = Log()

OnRows = Callable[[int], None]
"""Called with the number of rows just read."""


class IntakeJob(Struct, frozen=True):
    """All that a process needs to collect the rows of a domain.

    ``hooks`` is where those of the domain come from; ``scope`` has the columns by which facts are replaced. ``found``
    is what was looked up in the warehouse; None: it was not asked. ``refused`` and ``held`` are as for Collector.
    """

    hooks: DomainSource
    domain: Domain
    references: tuple[Reference, ...]
    context: RunContext
    scope: tuple[str, ...]
    found: Found | None = None
    refused: Refused = field(default_factory=dict)
    held: Held = field(default_factory=dict)

    def only(self, ordinal: int, count: int) -> IntakeJob:
        """Give what is needed for the sheets from this place of the run on: no row that is held of any other."""
        own = range(ordinal, ordinal + count)
        refused = {place: rows for place, rows in self.refused.items() if place[0] in own}
        held = {place: rows for place, rows in self.held.items() if place[0] in own}
        return replace(self, refused=refused, held=held)

    def make_collector(self, hooks: Hooks, spool: Spool, *, ordinal: int = 0) -> Collector:
        """Make the collector; ``ordinal`` is the place of the first workbook in the run."""
        computing = None
        if self.domain.corrections or self.domain.drop_rows or self.domain.computed:
            from wdh.computing import Computing

            computing = Computing(self.domain, self.found)
        return Collector(
            self.domain,
            self.references,
            computing=computing,
            reshape=partial(hooks.reshape, context=self.context),
            transform=partial(hooks.transform, context=self.context, columns=declared_columns(self.domain)),
            spool=spool,
            ordinal=ordinal,
            refuse=hooks.refuse_facts,
            refused=self.refused,
            held=self.held,
        )


class _LowerPart(Struct, frozen=True):
    """Lower rows of one sheet of a run."""

    rows: LowerRows
    tally: WorkbookTally
    ordinal: int
    reshaping: Reshaping


class _LowerIntake(Struct, frozen=True):
    """The rows that a helper collected, with the reads (``seen``) and the breaches of the domain's package."""

    intake: PartialIntake
    seen: observation.Sights
    breaches: conduct.Breaches


class SharedSheet:
    """A sheet whose lower rows helpers collect, where it has any."""

    def __init__(
        self, sheet: Sheet, job: IntakeJob, *, tally: WorkbookTally, ordinal: int, reshaping: Reshaping
    ) -> None:
        self._sheet = sheet
        self._asked: list[tuple[LowerRows, Helper]] = []
        helpers = sheet.apart.helpers
        for rows in sheet.lower_rows(len(helpers) + 1) if helpers else ():
            helper = helpers[rows.part - 1]
            try:
                helper.ask(_collect_apart, job, _LowerPart(rows, tally, ordinal, reshaping), helper.facts.fileno())
            except Exception as error:  # a setting of a plugin's can be of any type
                log.info("rows_not_shared", why=describe_error(error))
                return
            self._asked.append((rows, helper))

    def batches(self, collector: Collector, on_rows: OnRows) -> Iterator[Batch]:
        """Give the rows for ``collector``: all, or all but those that helpers collect."""
        apart = [(rows, partial(_take, helper, collector, on_rows)) for rows, helper in self._asked]
        for batch in self._sheet.batches(apart):
            on_rows(len(batch))
            yield batch


def _take(helper: Helper, collector: Collector, on_rows: OnRows) -> int | None:
    try:
        while isinstance(answer := helper.receive(), int):
            on_rows(answer)
    except HelperEnded as error:
        log.warning("helper_ended", why=str(error), instead="its rows are taken in here; nothing is lost")
        return None
    if not isinstance(answer, _LowerIntake):
        log.info("helper_gave_up", why=answer)
        return None
    observation.add_calls(answer.seen)
    conduct.add(answer.breaches)
    return collector.last_row if collector.join(answer.intake, helper.facts) else None


def _collect_apart(job: IntakeJob, part: _LowerPart, facts: int) -> Iterator[int | _LowerIntake | str]:
    """Collect rows, and tell their number after each batch: that fails when nobody waits any more.

    A text says why they could not be taken.
    """
    gc.disable()  # batches have no cycles, and it would look through every cell of each
    try:
        hooks = job.hooks.load()
        with Spool(job.scope, os.fdopen(facts, "r+b"), period_columns=job.domain.period_columns) as spool:
            collector = job.make_collector(hooks, spool, ordinal=part.ordinal)
            collector.begin(part.tally, part.reshaping)
            for batch in part.rows.batches():
                collector.add(batch)
                yield len(batch)
            intake = collector.hand_over_from(part.rows.first)
            yield _LowerIntake(intake, observation.seen_in_calls(), conduct.breaches())
    except Exception as error:  # the other process takes the rows itself then, and tells what it finds
        yield describe_error(error)
