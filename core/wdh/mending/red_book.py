"""The description of a workbook that goes back to its sender, and the sheets that wdh adds to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from wdh.facts import Reject
from wdh.mending.elements import DECLARATION, MAIN, write_text
from wdh.mending.faults import Linked
from wdh.mending.looks import Looks
from wdh.mending.mark import ACCEPTED, MARK_SHEET, REJECTED, Mark, SheetMark, write_header, write_mark, write_state
from wdh.mending.parts import Parts, free_name
from wdh.mending.rows import StateCell
from wdh.mending.summary import Summary, SummarySheet
from wdh.words.language import say


class RedSheet(Struct, frozen=True):
    """A sheet to be copied: its mark, and the number of each of its rows in the file at hand, in the same order.

    The number is 0 for a row that is not there any more.
    """

    mark: SheetMark
    numbers: Sequence[int]
    header_row: int


class RedBook(Struct, frozen=True):
    """The description of one red workbook.

    ``is_returned``: the file came back, and has the added first column already. ``is_loaded``: its accepted rows are in
    the warehouse.
    """

    mark: Mark
    file: str
    sheets: Sequence[RedSheet]
    rejects: Sequence[Reject]
    is_returned: bool = False
    is_loaded: bool = False

    @property
    def shift(self) -> int:
        """The number of columns by which everything moves to the right."""
        return 0 if self.is_returned else 1

    def rejects_of(self, sheet: RedSheet) -> Iterator[Reject]:
        """Give the rejects of a sheet."""
        return (reject for reject in self.rejects if reject.sheet == sheet.mark.name)

    def show_state(self, state: str) -> str:
        """Say the state of a row."""
        if state == REJECTED:
            return say("to mend")
        if state != ACCEPTED:
            return say("no data")
        return say("loaded") if self.is_loaded else say("in order")


class Told(Struct):
    """The findings for the summary, as they are made."""

    left_out: Counter[str]
    linked: list[Linked]
    formulas: int = 0
    commented: int = 0


def make_states(book: RedBook, sheet: RedSheet, looks: Looks) -> Mapping[int, StateCell]:
    """Give the cells of the first column by their rows, the header among them."""
    own, mark = looks.own, sheet.mark
    shown = {state: book.show_state(state) for state in set(mark.states)}
    states = {
        number: StateCell(write_state(shown[state], row), own.mend if state == REJECTED else own.state)
        for number, row, state in zip(sheet.numbers, mark.rows, mark.states, strict=True)
        if number
    }
    states[sheet.header_row] = StateCell(write_header(say("State")), own.header)
    return states


def add_own_sheets(parts: Parts, book: RedBook, told: Told, looks: Looks) -> None:
    """Write the summary and the mark behind the sheets that were copied."""
    states = Counter(
        book.show_state(state)
        for sheet in book.sheets
        for number, state in zip(sheet.numbers, sheet.mark.states, strict=True)
        if number
    )
    summary = Summary(book.file, told.linked, states, told.left_out, told.formulas, told.commented)
    name = free_name(say("To mend"), [MARK_SHEET, *(sheet.mark.name for sheet in book.sheets)])
    parts.add_sheet(name, SummarySheet(summary, looks).write())
    parts.add_sheet(MARK_SHEET, _write_mark_sheet(book.mark), is_hidden=True)


def _write_mark_sheet(mark: Mark) -> Iterator[str]:
    yield f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>'
    for row, text in enumerate(write_mark(mark), start=1):
        yield f'<row r="{row}"><c r="A{row}" t="inlineStr"><is>{write_text(text)}</is></c></row>'
    yield "</sheetData></worksheet>"
