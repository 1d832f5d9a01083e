"""Collects workbooks: batches become facts in the spool, states of the references, rejects and tallies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Final

from msgspec import Struct, structs

from wdh.checking.reasons import CheckReason
from wdh.errors import DataError, WdhError
from wdh.facts import Batch, Facts, Note, Reject, cut_rows
from wdh.facts.spool import Spool, Unstorable, Written
from wdh.facts.sums import Sums
from wdh.intake.headers import find_unread, refuse_unread
from wdh.intake.refusing import Refused, hold_back, holds, quote_cells, refuse_blank_scopes, refuse_rows
from wdh.intake.tally import Intake, WorkbookTally, merge_notes, ranges_of
from wdh.intake.total_check import (
    Verdict,
    check_settings,
    check_totals,
    join_verdicts,
    make_notes,
    spare_groups,
    sum_groups,
    wanted_groups,
    wrong_total,
)
from wdh.intake.unfit_candidates import UNFIT, count_unfit, refuse_unfit
from wdh.logs import Log
from wdh.references import Derivation
from wdh.reshaping import AS_IT_IS, Reshaping
from wdh.settings import Domain, Reference
from wdh.words.language import later, say
from wdh.words.phrases import clip

if TYPE_CHECKING:
    from wdh.computing import Computing, RowNote

log = Log()

STOPPING = (*UNFIT, CheckReason.SHEET_SUM_DIFFERS.value)
"""Reasons that stop a run whatever the limit: their rows are facts, and would be loaded, or others of theirs would."""

_NO_VALUES: Final = later(
    "These rows have no value in the columns that are made rows of their own, so no fact comes of them."
)
_REPEATED: Final = later("These rows repeat the header of their sheet, as at page breaks; they are no facts.")

_SHOWN: Final = 60
"""Characters of a value that a sentence repeats."""

Reshape = Callable[[Batch], Sequence[Batch] | None]
"""The hook ``reshape`` of this run's domain."""

Transform = Callable[[Batch], Facts]
"""The hook ``transform`` of this run's domain."""

Held = Mapping[tuple[int, int | None], Collection[int]]
"""The numbers of rows whose facts are not to be loaded, by the place of their sheet in the run and the group of the
facts among those of a row; None: those of all groups."""

Refuse = Callable[[str, Batch], WdhError]
"""Makes the error that says a sentence about the facts that a package made of some rows."""


class OpenWorkbook(Struct, frozen=True):
    """A workbook that is about to be read: where its batches come from, and what its tally starts with."""

    tally: WorkbookTally
    batches: Iterator[Batch]
    reshaping: Reshaping = AS_IT_IS


class PartialIntake(Struct, frozen=True):
    """The rows of a sheet that another process collected from row ``first`` on, without the text of their facts.

    ``last`` is the last of them that is not blank; less than ``first``: they all are. ``tally`` counts these rows only.
    """

    first: int
    last: int
    tally: WorkbookTally
    derivations: tuple[Derivation, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]
    written: Written
    letters: Mapping[str, str]
    total_rows: tuple[int, ...]
    sums: Mapping[int, Sums | None]


class WholeIntake(Struct, frozen=True):
    """The sheets of one workbook that another process collected whole, without the text of their facts.

    ``letters`` are those of the fact columns of each sheet.
    """

    tallies: tuple[WorkbookTally, ...]
    derivations: tuple[Derivation, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]
    written: Written
    letters: tuple[Mapping[str, str], ...]


class Collector:
    """Collects the workbooks of a run, one after the other; memory grows with keys and rejects, not with rows.

    ``ordinal`` is the place of the first of them in the run. ``computing`` corrects and completes the rows before they
    are read; None: they are read as they are. ``refuse`` is for values that a package made; None: no package makes any.
    ``refused`` are the facts that a check refused when all were collected before. ``held`` are rows that are read like
    the others, but whose facts are not spooled: totals were checked when all were collected before.
    """

    def __init__(
        self,
        domain: Domain,
        references: Sequence[Reference],
        *,
        reshape: Reshape = lambda _: None,
        transform: Transform,
        spool: Spool,
        ordinal: int = 0,
        computing: Computing | None = None,
        refuse: Refuse | None = None,
        refused: Refused = MappingProxyType({}),
        held: Held = MappingProxyType({}),
    ) -> None:
        self._domain, self._refuse = domain, refuse
        self._left_out = refused
        self._held = held
        self._computing = computing
        self._reshape, self._transform = reshape, transform
        self._spool = spool
        self._derivations = tuple(Derivation(reference) for reference in references)
        self._ordinal = ordinal
        self._reshaping = AS_IT_IS
        self._is_long = False
        self._tallies: list[WorkbookTally] = []
        self._rejects: list[Reject] = []
        self._notes: list[Note] = []
        self._letters: list[dict[str, str]] = []  # of each workbook's fact columns
        self._last_row = 0
        self._total_rows: list[int] = []
        self._sums: dict[int, Sums | None] = {}
        self._rejects_before = self._lines_before = 0

    def collect(self, workbook: OpenWorkbook) -> None:
        """Read one workbook to its end. Raises DataError where it has fewer data rows than ``validation.min_rows``."""
        self.begin(workbook.tally, workbook.reshaping)
        for batch in workbook.batches:
            self.add(batch)
        tally, least = self._tallies[-1], self._domain.validation.min_rows
        log.info("workbook_read", file=tally.file, sheet=tally.sheet, facts=tally.facts, rejected=tally.rejected)
        if tally.data_rows < least:
            raise DataError(
                say(
                    "{file}, sheet {sheet}: {data_rows} data rows, and validation.min_rows asks for {least}. Is "
                    "it the right workbook, and complete?",
                    file=tally.file,
                    sheet=tally.sheet,
                    data_rows=tally.data_rows,
                    least=least,
                ),
                file=tally.file,
                sheet=tally.sheet,
                rows=tally.data_rows,
            )
        self._end()

    def conclude(self, *, reader: str, notes: Callable[[int], Iterable[Note]]) -> None:
        """Finish the workbook just collected: add its reader, and the notes on its data rows."""
        self._tallies[-1] = tally = structs.replace(self._tallies[-1], reader=reader)
        self._notes += notes(tally.data_rows)
        if tally.repeated:
            cases = {say("{file}, sheet {sheet}", file=tally.file, sheet=tally.sheet): tally.repeated}
            self._notes.append(Note("repeated_header", say(_REPEATED), cases))

    def begin(self, tally: WorkbookTally, reshaping: Reshaping = AS_IT_IS) -> None:
        """Begin a workbook, whose rows come by :meth:`add` and are counted in ``tally``."""
        self._reshaping, self._is_long = reshaping, reshaping.long is not None
        self._tallies.append(tally)
        self._letters.append({})
        self._total_rows, self._sums, self._last_row = [], {}, tally.header_row
        self._rejects_before, self._lines_before = len(self._rejects), self._spool.count

    def add(self, batch: Batch) -> None:
        """Collect the next rows."""
        self._last_row = max((*batch.row_numbers[-1:], *batch.repeated[-1:]), default=self._last_row)
        self._tallies[-1] = self._tallies[-1].plus(blank=batch.blank, hidden=batch.hidden, repeated=len(batch.repeated))
        if len(batch):
            self._add_rows(batch)

    def _add_rows(self, batch: Batch) -> None:
        facts = 0
        rejects: dict[Reject, None] = {}  # a cell that several facts share is refused once
        totals, dropped, filled = set[int](), set[int](), set[int]()
        for group, part in enumerate(self._parts(batch, dropped)):
            found = self._add_part(part, group, batch) if len(part) else Facts((), {})
            facts += len(found)
            rejects.update(dict.fromkeys(found.rejects))
            if found.totals:
                read = {*found.row_numbers, *(reject.row for reject in found.rejects)}
                totals.update(row for row in part.row_numbers if row not in read)
            if self._is_long:
                filled.update(part.row_numbers)
        self._rejects.extend(rejects)
        self._total_rows += sorted(totals)
        rejected = len({reject.row for reject in rejects})
        data_rows = len(batch) - len(dropped)
        self._tallies[-1] = self._tallies[-1].plus(
            data_rows=data_rows, facts=facts, totals=len(totals), rejected=rejected
        )
        if self._is_long and len(filled) < data_rows:
            cases = {say("{file}, sheet {sheet}", file=batch.file, sheet=batch.sheet): data_rows - len(filled)}
            self._notes.append(Note("no_values", say(_NO_VALUES), cases))

    def _parts(self, batch: Batch, dropped: set[int]) -> Iterator[Batch]:
        """Give the rows by group, corrected and completed: as the configuration makes them long, or the package.

        The numbers of rows that a rule leaves out of all groups are added to ``dropped``.
        """
        present, kept = set[int](), set[int]()
        told: list[RowNote] = []
        for whole in self._reshaping.parts(batch):
            part = whole
            if self._computing is not None and len(whole):
                completed = self._computing.complete(whole)
                told += completed.told
                part = completed.batch
                present.update(whole.row_numbers)
                kept.update(part.row_numbers)
            made = self._reshape(part) if self._reshaping.long is None else None
            self._is_long = self._is_long or made is not None
            yield from (part,) if made is None else made
        dropped |= present - kept
        if self._computing is not None:
            self._notes += self._computing.count(told)

    def _add_part(self, part: Batch, group: int, batch: Batch) -> Facts:
        """Collect the rows of one group, or all where they are not wide, of a batch that is as the sheet has it."""
        workbook = self._ordinal + len(self._tallies) - 1
        facts = refuse_blank_scopes(self._transform(part), part, scope=self._spool.scope_columns)
        if facts.rejects:
            facts = replace(facts, rejects=tuple(quote_cells(facts.rejects, batch, made=part.outside)))
        if refused := self._left_out.get((workbook, group)):
            facts = refuse_rows(facts, refused)
        letters = facts.letters or part.letters
        self._letters[-1].update(letters)
        self._note_headers(facts, part)
        place = {"workbook": workbook, "group": group}
        try:  # first, as it refuses what no pick could use
            spooled = facts
            if self._held:
                spooled = hold_back(facts, self._held.get((workbook, None), ()), self._held.get((workbook, group), ()))
            self._spool.append(spooled, file=part.file, sheet=part.sheet, letters=letters, **place)
        except Unstorable as error:
            raise self._blame(error, part) from error
        for derivation in self._derivations:
            derivation.absorb(facts, **place)
        self._notes += facts.notes
        self._sums[group] = _joined(self._sums.get(group, Sums()), facts.sums)
        return facts

    def _blame(self, error: Unstorable, part: Batch) -> WdhError:
        """Say whose fault a value is that PostgreSQL cannot hold: the cell's, or the package's that made it."""
        row = error.place.row
        if self._refuse is None or holds(part, row, error.value):
            return error
        index = bisect_left(part.row_numbers, row)
        return self._refuse(
            say(
                "returned {value} in column {column!r}, which PostgreSQL cannot store: {why}; return None "
                "where there is no value, or refuse the row (batch.reject)",
                value=_show(error.value),
                column=error.column,
                why=error.why,
            ),
            cut_rows(part, index, index + 1),
        )

    def _note_headers(self, facts: Facts, batch: Batch) -> None:
        tally = self._tallies[-1]
        unread = find_unread(facts, batch, row=tally.header_row)
        if unread and self._computing is not None:
            unread = {header: cell for header, cell in unread.items() if header not in self._computing.reads}
        if self._domain.headers == "exact":
            refuse_unread(unread, tally)
        if unread and not tally.unread.keys() >= unread.keys():
            self._tallies[-1] = structs.replace(tally, unread={**tally.unread, **unread})

    @property
    def count(self) -> int:
        """How many sheets were collected so far, those before the first one included."""
        return self._ordinal + len(self._tallies)

    @property
    def paths(self) -> frozenset[Path]:
        """The workbooks that were collected so far."""
        return frozenset(tally.path for tally in self._tallies)

    def hand_over(self) -> WholeIntake:
        """Give the sheets collected so far, all of them to their ends."""
        notes, written = merge_notes(self._notes), self._spool.written()
        return WholeIntake(
            tuple(self._tallies), self._derivations, tuple(self._rejects), notes, written, tuple(self._letters)
        )

    def append(self, whole: WholeIntake, text: IO[bytes]) -> bool:
        """Add a workbook that another process collected, as the next one; ``text`` has its facts.

        False: it cannot be added, and is to be read here. Raises as the spool does.
        """
        if not self._spool.take_over(whole.written, text):
            return False
        for own, other in zip(self._derivations, whole.derivations, strict=True):
            own.merge(other)
        self._tallies += whole.tallies
        self._letters += map(dict, whole.letters)
        self._rejects.extend(whole.rejects)
        self._notes += whole.notes
        return True

    def hand_over_from(self, first: int) -> PartialIntake:
        """Give the rows collected so far, of one workbook from row ``first`` on."""
        (tally,) = self._tallies
        written = self._spool.written()
        told = tuple(self._rejects), merge_notes(self._notes)
        total_rows = tuple(self._total_rows)
        state = self._derivations, *told, written, self._letters[-1], total_rows, self._sums
        return PartialIntake(first, self._last_row, tally, *state)

    @property
    def last_row(self) -> int:
        """The last row of the sheet so far that is not blank."""
        return self._last_row

    def join(self, lower: PartialIntake, text: IO[bytes]) -> bool:
        """Add the next rows, which another process collected; ``text`` has their facts.

        False: it cannot be added, and is to be read here. Raises as the spool does.
        """
        if not self._spool.take_over(lower.written, text):
            return False
        more, blank = lower.tally, lower.tally.blank
        if lower.last >= lower.first:  # a row behind the blank ones at the cut
            blank += lower.first - 1 - self._last_row
            self._last_row = lower.last
        for own, other in zip(self._derivations, lower.derivations, strict=True):
            own.merge(other)
        self._rejects.extend(lower.rejects)
        self._notes += lower.notes
        self._letters[-1].update(lower.letters)
        self._total_rows += lower.total_rows
        for group, sums in lower.sums.items():
            self._sums[group] = _joined(self._sums.get(group, Sums()), sums)
        self._tallies[-1] = self._tallies[-1].plus(
            data_rows=more.data_rows,
            facts=more.facts,
            totals=more.totals,
            rejected=more.rejected,
            blank=blank,
            hidden=more.hidden,
            repeated=more.repeated,
        )
        return True

    def _end(self) -> None:
        tally, totals = self._tallies[-1], self._domain.totals
        is_summed = None not in self._sums.values() or not self._total_rows
        check_settings(totals, facts=self._spool.facts(), is_summed=is_summed)
        own = sorted({reject.row for reject in self._rejects[self._rejects_before :]})
        summed = [sums.without(totals.no_sums) for sums in self._sums.values() if sums is not None]
        verdicts = () if self._held else join_verdicts([self._check(sums, own) for sums in summed])
        told = [verdict for verdict in verdicts if verdict.outcome != "unchecked"]
        agreed = sum(verdict.outcome == "agrees" for verdict in told)
        self._tallies[-1] = structs.replace(
            tally, total_rows=ranges_of(self._total_rows), totals_checked=len(told), totals_agreed=agreed
        )
        self._notes += make_notes(verdicts)
        if totals.verify == "refuse" and agreed < len(told):
            raise wrong_total(tally, next(verdict for verdict in told if verdict.outcome == "differs"))

    def _check(self, sums: Sums, rejected: Sequence[int]) -> tuple[Verdict, ...]:
        verdicts = check_totals(sums, rejected)
        if self._is_long:
            return spare_groups(verdicts)
        wanted = wanted_groups(verdicts)
        if not wanted:
            return verdicts
        amounts = list(dict.fromkeys(name for total in sums.totals for name in total.amounts))
        groups = sum_groups(self._spool.facts(), wanted, amounts=amounts, after=self._lines_before)
        return check_totals(sums, rejected, groups=groups)

    def intake(self) -> Intake:
        """Give the result of all workbooks collected so far."""
        candidates = tuple(derivation.candidates() for derivation in self._derivations)
        unfit = [each for found in candidates for each in refuse_unfit(found, self._tallies, letters=self._letters)]
        tallies = count_unfit(self._tallies, unfit, rejects=self._rejects, segments=self._spool.facts().segments)
        rejects = (*self._rejects, *(reject for _, reject in unfit))
        return Intake(tallies, rejects, merge_notes(self._notes), candidates)


def _show(value: object) -> str:
    try:
        return clip(repr(value), _SHOWN)
    except ValueError:  # of a whole number with more digits than Python writes
        return say("a value of type {name}", name=type(value).__name__)


def _joined(upper: Sums | None, lower: Sums | None) -> Sums | None:
    return None if upper is None or lower is None else upper.joined(lower)
