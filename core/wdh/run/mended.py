"""The rows of the workbooks that came back mended: which are loaded already, and what the sender did to the others."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply import Check, Ledger
from wdh.apply.history import find_chain
from wdh.errors import DatabaseError, DataError
from wdh.facts import Batch, Note
from wdh.facts.sheets import FactReject, FactSheets
from wdh.facts.spool import FactRows
from wdh.intake.collecting import Held
from wdh.intake.tally import Intake, WorkbookTally, ranges_of
from wdh.mending.mark import ACCEPTED, Mark, SheetMark
from wdh.mending.matching import Found, Matched, match_rows, read_rows
from wdh.plan import Plan, Skip
from wdh.run.delivery import Delivery, find_unfamiliar
from wdh.run.loaded import Loaded, describe_mended, find_loaded, first_prints
from wdh.run.parts import Parts, read_parts
from wdh.run.task import Task
from wdh.sql.driver import Cursor
from wdh.words.language import later, say, say_count
from wdh.workbook import Sheet

CHANGED: Final = "changed_after_load"
"""The row is loaded already, and the sender has changed it since: appended, it would be there twice."""

_MOST_SHOWN: Final = 12
_FEW: Final = 10
_LEAST_KEPT: Final = 0.1
_XLS_ROWS: Final = 65_536
_XLS_COLUMNS: Final = 256
_SAME_DAYS: Final = datetime.datetime.combine(datetime.date(1900, 3, 1), datetime.time.min)
"""From this day on the numbers of days are the same in Excel, which has a 29th of February 1900, and in LibreOffice."""

_LOADED: Final = later(
    "These rows of the delivery are loaded already, and are as they were; they are not loaded a second time."
)
_ALL_LOADED: Final = later("all facts of the workbooks are loaded already")
_MENDED: Final = later("These rows were rejected, and came back changed.")
_CHANGED: Final = later("These rows had been accepted, and came back changed. Ask the sender whether that was meant.")
_ADDED: Final = later("These rows were not in the workbook that was sent back; the sender added them.")
_GONE: Final = later(
    "These rows of the delivery did not come back; the sender deleted them. Their numbers are those of the workbook "
    "that was delivered first."
)
_GONE_LOADED: Final = later(
    "These rows did not come back, and are loaded. An append leaves them where they are: load the delivery with --mode "
    "delete_insert to be rid of them. Their numbers are those of the workbook that was delivered first."
)
_ALONG: Final = later("These files were read along, as they are part of the delivery that came back.")
_NOT_ASKED: Final = later(
    "The ledger was not asked which rows of these workbooks are loaded, as this plan has no database; it goes by what "
    "stood in the workbooks as they were sent back. Add --forecast to ask."
)
_UNFAMILIAR: Final = later(
    "The run that sent these workbooks back is not in this ledger, so none of its rows count as loaded. Is it the "
    "right warehouse?"
)


class Returned(Struct, frozen=True):
    """A sheet that came back: its mark, its rows, and those of them that are loaded, None where none are."""

    file: str
    sha256: str
    mark: Mark
    sheet: SheetMark
    matched: Matched
    loaded: Loaded | None

    @property
    def held(self) -> frozenset[int]:
        """The numbers of the rows that are loaded as they stand."""
        if self.loaded is None:
            return frozenset()
        rows, absent = self.loaded.rows, object()
        return frozenset(found.number for found in self.matched.rows if rows.get(found.row, absent) == found.print)

    @property
    def altered(self) -> Mapping[int, Found]:
        """The rows that are loaded with other cells than they have now, by number."""
        if self.loaded is None:
            return {}
        held, rows = self.held, self.loaded.rows
        return {found.number: found for found in self.matched.rows if found.row in rows and found.number not in held}

    @property
    def partial(self) -> Mapping[int, tuple[str, Parts]]:
        """The rows of which some facts are loaded, by number: the name of each, and those facts."""
        parts = {} if self.loaded is None else self.loaded.parts
        return {found.number: (found.row, parts[found.row]) for found in self.matched.rows if found.row in parts}

    def describe_parts(
        self, found: Mapping[int, Parts], *, refused: Collection[int], appends: bool
    ) -> Mapping[str, Parts]:
        """Describe for the ledger the rows of which some facts are loaded once the run is committed.

        ``found`` are the facts that this run loads of rows that are rejected in part.
        """
        accepted = {each.row for each in self.matched.rows if each.number not in refused}
        before = self.loaded.parts if appends and self.loaded is not None else {}
        parts = {row: dict(own) for row, own in before.items() if row not in accepted}
        names = {each.number: each.row for each in self.matched.rows}
        for number, own in found.items():
            parts.setdefault(names[number], {}).update(own)
        return parts

    def describe(self, *, refused: Collection[int], appends: bool) -> dict[str, Any]:
        """Describe for the ledger which rows are loaded once the run is committed; ``refused`` are numbers of rows."""
        rows = dict(self.loaded.rows) if appends and self.loaded is not None else {}
        altered = self.altered if appends else {}
        rows.update(
            (found.row, found.print)
            for found in self.matched.rows
            if found.number not in refused and found.number not in altered
        )
        return describe_mended(self.mark.sha256, first_prints(self.sheet), rows)


class Holding(Struct, frozen=True):
    """The sheets that came back, by their place among the sheets of the run."""

    delivery: Delivery
    sheets: Mapping[int, Returned]
    appends: bool

    def find_held(self, facts: FactRows) -> Held:
        """Find the rows that are not to be loaded, as they are loaded already; ``facts`` are those of all rows."""
        if not self.appends:
            return {}
        held: dict[tuple[int, int | None], Collection[int]] = {
            (place, None): rows for place, sheet in self.sheets.items() if (rows := sheet.held)
        }
        partial = {place: own for place, sheet in self.sheets.items() if (own := sheet.partial)}
        if partial:
            parts: dict[tuple[int, int | None], set[int]] = {}
            for row, group, fact in read_parts(FactSheets.of(facts, ()), partial):
                if partial[row.workbook][row.number][1].get(group) == fact:
                    parts.setdefault((row.workbook, group), set()).add(row.number)
            held.update(parts)
        return held

    @property
    def refuses(self) -> bool:
        """Whether there may be rows that an append would load a second time, with other cells."""
        return self.appends and any(sheet.altered or sheet.partial for sheet in self.sheets.values())

    def find_rejects(self, facts: FactSheets) -> Iterator[FactReject]:
        """Refuse the facts of rows that are loaded with other cells."""
        for sheet in facts.sheets() if self.refuses else ():
            returned = self.sheets.get(sheet.workbook)
            if returned is None or returned.loaded is None:
                continue
            sentence = say(
                "this row was loaded by run {run} as it was, and has been changed since: appended, it would be there "
                "twice. Put it back as it was, or load the delivery with --mode delete_insert",
                run=returned.loaded.run_id,
            )
            altered, partial = returned.altered, returned.partial
            for row, group, own in read_parts(facts, {sheet.workbook: {*altered, *partial}}):
                if row.number in altered or partial[row.number][1].get(group, own) != own:
                    yield row.reject(None, CHANGED, sentence)

    def check_same(self, intake: Intake) -> None:
        """Raise DataError where a sheet that was read is not the one that was matched."""
        for place, returned in self.sheets.items():
            if intake.workbooks[place].sha256 != returned.sha256:
                raise DataError(
                    say("{file}: was changed while it was read. Run again when it is complete.", file=returned.file),
                    file=returned.file,
                )

    def complete(self, intake: Intake) -> Intake:
        """Add to what was read the notes on the rows that came back."""
        told = (note for note in self._notes(intake) if note.cases)
        return replace(intake, notes=(*intake.notes, *told))

    def explain(self, plan: Plan) -> Plan:
        """Say in a plan that loads nothing why: all facts are loaded already."""
        if (
            not self.appends
            or plan.facts is None
            or plan.facts.count
            or not any(each.held for each in self.sheets.values())
        ):
            return plan
        steps = (
            replace(step, reason=say(_ALL_LOADED)) if isinstance(step, Skip) and step.reference is None else step
            for step in plan.steps
        )
        return replace(plan, steps=tuple(steps))

    def _notes(self, intake: Intake) -> Iterator[Note]:
        told: dict[str, dict[str, int]] = {}
        for place, returned in self.sheets.items():
            for what, rows in self._tell(returned, intake.workbooks[place]):
                if rows:
                    sheet = returned.sheet.name
                    case = say("{file}, sheet {sheet}: {rows}", file=returned.file, sheet=sheet, rows=_show_rows(rows))
                    told.setdefault(what, {})[case] = len(rows)
        yield from (
            Note("mended_loaded", say(_LOADED), told.get("loaded", {})),
            Note("mended", say(_MENDED), told.get("mended", {})),
            Note("mended_changed", say(_CHANGED), told.get("changed", {})),
            Note("mended_added", say(_ADDED), told.get("added", {})),
            Note("mended_gone", say(_GONE), told.get("gone", {})),
            Note("mended_gone_loaded", say(_GONE_LOADED), told.get("gone_loaded", {})),
        )
        facts = {tally.path: tally.facts for tally in intake.workbooks}
        delivery = self.delivery
        along = {
            say("{file}, with {asking}", file=path.name, asking=asking.name): facts.get(path, 0)
            for path, asking in delivery.along.items()
        }
        marked = {path.name: facts.get(path, 0) for path in delivery.marks}
        unfamiliar = {path.name: facts.get(path, 0) for path in find_unfamiliar(delivery)}
        yield Note("mended_along", say(_ALONG), along)
        yield Note("mended_not_asked", say(_NOT_ASKED), marked if delivery.chain is None and self.appends else {})
        yield Note("mended_unfamiliar", say(_UNFAMILIAR), unfamiliar if self.appends else {})

    def _tell(self, returned: Returned, tally: WorkbookTally) -> Iterator[tuple[str, Sequence[int]]]:
        rows, altered = returned.matched.rows, returned.altered if self.appends else {}
        held = returned.held if self.appends else frozenset()
        totals = {row for first, last in tally.total_rows for row in range(first, last + 1)}
        mended = [found for found in rows if found.state not in (ACCEPTED, None) and found.print != found.before]
        yield "loaded", sorted(held - totals)
        yield "mended", [found.number for found in mended if found.number not in held and found.number not in totals]
        yield "changed", [found.number for found in returned.matched.changed if found.number not in altered]
        yield "added", [found.number for found in returned.matched.added if found.number not in held]
        gone = [row for row in returned.matched.gone if row.isdecimal()]
        loaded = returned.loaded.rows if self.appends and returned.loaded is not None else {}
        yield "gone", sorted(int(row) for row in gone if row not in loaded)
        yield "gone_loaded", sorted(int(row) for row in gone if row in loaded)


def find_holding(task: Task, delivery: Delivery, sheets: Iterable[tuple[Path, Sheet]]) -> Holding:
    """Match the rows of the sheets that came back with those that were sent back.

    Raises DataError where a mark is another workbook's, and where the ledger does not tell what is loaded.
    """
    appends = task.request.wishes.load_mode == "append"
    found: dict[int, Returned] = {}
    for place, (path, sheet) in enumerate(sheets):
        mark = delivery.marks.get(path)
        own = None if mark is None else mark.sheet(sheet.sheet)
        if mark is None or own is None:
            continue
        matched = match_rows(own, read_rows(_read_batches(sheet), sheet.added_cells, own))
        _refuse_cut(matched, own, sheet)
        _refuse_foreign(matched, own, mark, sheet)
        loaded = _find_loaded(delivery, mark, own)
        found[place] = Returned(sheet.file, sheet.sha256, mark, own, matched, loaded)
    return Holding(delivery, found, appends)


def _find_loaded(delivery: Delivery, mark: Mark, sheet: SheetMark) -> Loaded | None:
    if delivery.chain is not None:
        return find_loaded(delivery.chain, mark.sha256, sheet)
    if mark.run_id is None:
        return None
    rows = zip(sheet.rows, sheet.states, range(len(sheet.rows)), strict=True)
    return Loaded(mark.run_id, {row: sheet.print_of(place) for row, state, place in rows if state == ACCEPTED})


def _read_batches(sheet: Sheet) -> Iterator[Batch]:
    """Read the rows of a sheet that came back. DataError where LibreOffice made other days of its dates."""
    for batch in sheet.batches():
        if sheet.reader == "ods":
            for number, cells in zip(batch.row_numbers, zip(*batch.columns.values(), strict=True), strict=True):
                if any(isinstance(cell, datetime.datetime) and cell < _SAME_DAYS for cell in cells):
                    raise DataError(
                        say(
                            "{file}, sheet {sheet}, row {row}: has a date before March 1900, of which saving as .ods "
                            "makes another day. Save the workbook as .xlsx, and send that. Nothing was written.",
                            file=sheet.file,
                            sheet=sheet.sheet,
                            row=number,
                        ),
                        file=sheet.file,
                        sheet=sheet.sheet,
                        row=number,
                    )
        yield batch


def _refuse_cut(matched: Matched, sheet_mark: SheetMark, sheet: Sheet) -> None:
    """Raise DataError where an .xls has no room for all that was sent back: the rest was left out as it was saved."""
    if sheet.reader != "xls":
        return
    last = max((found.number for found in matched.rows), default=0)
    if (matched.gone and last >= _XLS_ROWS) or len(sheet_mark.columns) >= _XLS_COLUMNS:
        raise DataError(
            say(
                "{file}, sheet {sheet}: an .xls holds {rows} rows and {columns} columns, and the workbook that was "
                "sent back has more, which were lost as it was saved. Mend the cells in the workbook that wdh wrote, "
                "and save it as .xlsx. Nothing was written.",
                file=sheet.file,
                sheet=sheet.sheet,
                rows=f"{_XLS_ROWS:,}",
                columns=_XLS_COLUMNS,
            ),
            file=sheet.file,
            sheet=sheet.sheet,
        )


def _refuse_foreign(matched: Matched, sheet_mark: SheetMark, mark: Mark, sheet: Sheet) -> None:
    """Raise DataError where hardly any accepted row is there as it was: the mark is of another workbook."""
    accepted = sheet_mark.states.count(ACCEPTED)
    kept = sum(found.state == ACCEPTED and not found.is_changed for found in matched.rows)
    if accepted >= _FEW and kept < accepted * _LEAST_KEPT:
        raise DataError(
            say(
                "{file}, sheet {sheet}: its mark is of {original}, and of the {accepted} rows that were accepted there "
                "only {kept} are in this sheet. It is another workbook's mark, or the rows are other ones: mend the "
                "cells in the workbook that wdh wrote, or send the rows as a new workbook. Nothing was written.",
                file=sheet.file,
                sheet=sheet.sheet,
                original=mark.file,
                accepted=accepted,
                kept=kept,
            ),
            file=sheet.file,
            sheet=sheet.sheet,
        )


def make_chain_check(delivery: Delivery, check: Check | None) -> Check:
    """Make what an append asks under the locks: that no other run has loaded rows of the delivery meanwhile.

    It asks ``check`` then. Raises DatabaseError.
    """
    known = [run.run_id for run in delivery.chain or ()]

    def ask(cursor: Cursor, book: Ledger | None) -> None:
        if book is not None:
            found = find_chain(cursor, book.target, domain=book.record.domain, hashes=delivery.hashes)
            if other := next((run for run in found if run.run_id not in known and run.facts_table is not None), None):
                raise DatabaseError(
                    say(
                        "run {run} has loaded rows of this delivery since this one began. Everything was rolled back; "
                        "run again.",
                        run=other.run_id,
                    ),
                    run_id=other.run_id,
                )
        if check is not None:
            check(cursor, book)

    return ask


def _show_rows(rows: Sequence[int]) -> str:
    """Write the numbers of rows, which rise, as ranges; some of them, where there are many."""
    ranges = ranges_of(sorted(rows))
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges[:_MOST_SHOWN])
    more = sum(last - first + 1 for first, last in ranges[_MOST_SHOWN:])
    if more:
        return say("rows {shown} and {more} more", shown=shown, more=format(more, ","))
    return say_count("row {shown}", "rows {shown}", len(rows), shown=shown)
