"""Taking workbooks in: batches become facts in the spool, states of the references, rejects and tallies."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from wdh.candidates import Candidates
from wdh.errors import DataError, SetupError
from wdh.facts import Batch, Facts, Note, Reject
from wdh.logs import Log
from wdh.references import Derivation
from wdh.report import Intake, WorkbookTally, merge_notes
from wdh.settings import Domain, Reference
from wdh.spelling import did_you_mean
from wdh.spool import Spool

log = Log()

KEY_CONFLICT = "key_conflict"
"""The reason of a reject where a ref has ``on_key_conflict: reject``: it stops a run whatever the limit."""

Transform = Callable[[Batch], Facts]
"""The hook ``transform`` of this run's domain."""


@dataclass(frozen=True, slots=True)
class OpenWorkbook:
    """A workbook that is about to be read: where its batches come from, and what its tally starts with."""

    tally: WorkbookTally
    batches: Iterator[Batch]


class Taking:
    """Takes the workbooks of a run in, one after the other; memory grows with keys and rejects, not with rows."""

    def __init__(self, domain: Domain, references: Sequence[Reference], *, transform: Transform, spool: Spool) -> None:
        self._domain = domain
        self._transform = transform
        self._spool = spool
        self._derivations = tuple(Derivation(reference) for reference in references)
        self._tallies: list[WorkbookTally] = []
        self._rejects: list[Reject] = []
        self._notes: tuple[Note, ...] = ()

    def take(self, workbook: OpenWorkbook) -> None:
        """Read one workbook to its end. Raises DataError where it has fewer data rows than ``validation.min_rows``."""
        tally = workbook.tally
        with _uncollected():
            for batch in workbook.batches:
                tally = self._take_batch(batch, tally)
        log.info("workbook_read", file=tally.file, sheet=tally.sheet, facts=tally.facts, rejected=tally.rejected)
        least = self._domain.validation.min_rows
        if tally.data_rows < least:
            raise DataError(
                f"{tally.file}, sheet {tally.sheet}: {tally.data_rows} data rows, and validation.min_rows asks for "
                f"{least}. Is it the right workbook, and complete?",
                file=tally.file,
                sheet=tally.sheet,
                rows=tally.data_rows,
            )
        self._tallies.append(tally)

    def intake(self) -> Intake:
        """Say what was taken in so far."""
        candidates = tuple(derivation.candidates() for derivation in self._derivations)
        rejects = tuple(reject for found in candidates for reject in self._conflicts(found))
        return Intake(tuple(self._tallies), (*self._rejects, *rejects), self._notes, candidates)

    def _take_batch(self, batch: Batch, tally: WorkbookTally) -> WorkbookTally:
        facts = refuse_blank_scopes(self._transform(batch), batch, scope=self._spool.scope_columns)
        for derivation in self._derivations:
            derivation.absorb(facts, workbook=len(self._tallies))
        self._spool.append(facts, file=batch.file, sheet=batch.sheet, letters=facts.letters or batch.letters)
        self._rejects.extend(facts.rejects)
        self._notes = merge_notes((*self._notes, *facts.notes))
        return replace(
            tally,
            facts=tally.facts + len(facts),
            totals=tally.totals + facts.totals,
            rejected=tally.rejected + len({reject.row for reject in facts.rejects}),
            blank=tally.blank + batch.blank,
            hidden=tally.hidden + batch.hidden,
        )

    def _conflicts(self, found: Candidates) -> Iterator[Reject]:
        if found.reference.on_key_conflict != "reject":
            return
        for conflict in found.disagreements:
            workbook, row = conflict.places[1]
            tally = self._tallies[workbook]
            yield Reject(
                file=tally.file,
                sheet=tally.sheet,
                row=row,
                cell=None,
                column=conflict.column,
                value=str(conflict.values[1]),
                reason=KEY_CONFLICT,
                sentence=f"{found.reference.name}: another fact of the same key has {conflict.values[0]!r}",
            )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put the collector of reference cycles off: batches have none, and it would look through every cell of each."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def refuse_blank_scopes(facts: Facts, batch: Batch, *, scope: Sequence[str]) -> Facts:
    """Turn facts without a value in a column of the delete scope into rejects.

    NULL equals nothing, so a second run would not find such a fact again, and load it twice. Raises SetupError for a
    scope column that the facts do not have at all.
    """
    if not len(facts):
        return facts
    for column in scope:
        if column not in facts.columns:
            raise SetupError(
                f"pk names {column!r}, which is no column of the facts{did_you_mean(column, facts.columns)}; they "
                f"have {', '.join(facts.columns)}. Correct pk in data_sources.yml, or --pk.",
                column=column,
            )
    columns = {column: facts.columns[column] for column in scope}
    blank = {place: name for name, values in columns.items() for place, value in enumerate(values) if value is None}
    if not blank:
        return facts
    kept = [place for place in range(len(facts)) if place not in blank]
    rejects = tuple(
        Reject(
            file=batch.file,
            sheet=batch.sheet,
            row=facts.row_numbers[place],
            cell=None,
            column=column,
            value=None,
            reason="blank_key",
            sentence=f"{column} is blank, and is part of the key by which facts are replaced (pk)",
        )
        for place, column in sorted(blank.items())
    )
    return replace(
        facts,
        row_numbers=[facts.row_numbers[place] for place in kept],
        columns={name: [values[place] for place in kept] for name, values in facts.columns.items()},
        rejects=(*facts.rejects, *rejects),
    )
