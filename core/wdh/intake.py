"""Taking workbooks in: batches become facts in the spool, states of the references, rejects and tallies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from wdh.candidates import Candidates
from wdh.errors import DataError, SetupError
from wdh.facts import Batch, Facts, Note, Reject
from wdh.logs import Log
from wdh.references import Derivation
from wdh.report import Intake, WorkbookTally, merge_notes
from wdh.settings import Domain, Reference
from wdh.spelling import did_you_mean
from wdh.spool import Spool, Written

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


@dataclass(frozen=True, slots=True)
class Taken:
    """What the rows of a workbook from row ``first`` on came to, taken in apart: all but the text of their facts.

    ``tally`` counts these rows only.
    """

    first: int
    tally: WorkbookTally
    derivations: tuple[Derivation, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]
    written: Written


class Taking:
    """Takes the workbooks of a run in, one after the other; memory grows with keys and rejects, not with rows.

    ``ordinal`` is the place of the first of them in the run.
    """

    def __init__(
        self,
        domain: Domain,
        references: Sequence[Reference],
        *,
        transform: Transform,
        spool: Spool,
        ordinal: int = 0,
    ) -> None:
        self._domain = domain
        self._transform = transform
        self._spool = spool
        self._derivations = tuple(Derivation(reference) for reference in references)
        self._ordinal = ordinal
        self._tallies: list[WorkbookTally] = []
        self._rejects: list[Reject] = []
        self._notes: tuple[Note, ...] = ()
        self._last_row = 0

    def take(self, workbook: OpenWorkbook) -> None:
        """Read one workbook to its end. Raises DataError where it has fewer data rows than ``validation.min_rows``."""
        self.begin(workbook.tally)
        for batch in workbook.batches:
            self.add(batch)
        tally, least = self._tallies[-1], self._domain.validation.min_rows
        log.info("workbook_read", file=tally.file, sheet=tally.sheet, facts=tally.facts, rejected=tally.rejected)
        if tally.data_rows < least:
            raise DataError(
                f"{tally.file}, sheet {tally.sheet}: {tally.data_rows} data rows, and validation.min_rows asks for "
                f"{least}. Is it the right workbook, and complete?",
                file=tally.file,
                sheet=tally.sheet,
                rows=tally.data_rows,
            )

    def conclude(self, *, reader: str, notes: Callable[[int], Iterable[Note]]) -> None:
        """Add what is known at the end of the workbook just taken: its reader, and notes for its data rows."""
        self._tallies[-1] = tally = replace(self._tallies[-1], reader=reader)
        self._notes = merge_notes((*self._notes, *notes(tally.data_rows)))

    def begin(self, tally: WorkbookTally) -> None:
        """Expect rows of a workbook, with :meth:`add`; ``tally`` is what they are counted to."""
        self._tallies.append(tally)

    def add(self, batch: Batch) -> None:
        """Take the next rows in."""
        facts = refuse_blank_scopes(self._transform(batch), batch, scope=self._spool.scope_columns)
        for derivation in self._derivations:
            derivation.absorb(facts, workbook=self._ordinal + len(self._tallies) - 1)
        self._spool.append(facts, file=batch.file, sheet=batch.sheet, letters=facts.letters or batch.letters)
        self._rejects.extend(facts.rejects)
        self._notes = merge_notes((*self._notes, *facts.notes))
        self._last_row = batch.row_numbers[-1] if len(batch) else self._last_row
        self._tallies[-1] = self._tallies[-1].plus(
            facts=len(facts),
            totals=facts.totals,
            rejected=len({reject.row for reject in facts.rejects}),
            blank=batch.blank,
            hidden=batch.hidden,
        )

    def taken(self, first: int) -> Taken:
        """Hand over what was taken in so far, the rows of one workbook from row ``first`` on."""
        (tally,) = self._tallies
        written = self._spool.written()
        return Taken(first, tally, self._derivations, tuple(self._rejects), self._notes, written)

    def join(self, lower: Taken, text: IO[bytes]) -> bool:
        """Add the rest of the workbook that is being taken, which was taken elsewhere; ``text`` is that of its facts.

        False: it cannot be added, and is to be read here. Raises as the spool does.
        """
        if not self._spool.take_over(lower.written, text):
            return False
        more, blank = lower.tally, lower.tally.blank
        if more.data_rows:  # and so a row behind the blank ones at the cut
            blank += lower.first - 1 - self._last_row
        for own, other in zip(self._derivations, lower.derivations, strict=True):
            own.merge(other)
        self._rejects.extend(lower.rejects)
        self._notes = merge_notes((*self._notes, *lower.notes))
        self._tallies[-1] = self._tallies[-1].plus(
            facts=more.facts, totals=more.totals, rejected=more.rejected, blank=blank, hidden=more.hidden
        )
        return True

    def intake(self) -> Intake:
        """Say what was taken in so far."""
        candidates = tuple(derivation.candidates() for derivation in self._derivations)
        rejects = tuple(reject for found in candidates for reject in self._conflicts(found))
        return Intake(tuple(self._tallies), (*self._rejects, *rejects), self._notes, candidates)

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
