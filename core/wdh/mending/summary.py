"""The summary sheet of a red workbook: what is to be mended, by kind of fault, with a link to each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from wdh.mending.elements import DECLARATION, MAIN, quote, write_text
from wdh.mending.faults import Linked
from wdh.mending.kinds import show_accepted, show_kind
from wdh.mending.looks import Looks, might_be_formula
from wdh.words.language import say, say_count

MOST_OF_KIND: Final = 2_000
MOST_LINKS: Final = 20_000
"""Excel takes 65,530 links on a sheet."""

_WIDTHS: Final = (38, 22, 30, 90)
_LONGEST: Final = 1_000


class Summary(Struct, frozen=True):
    """The contents of the summary. ``states`` counts rows by the text of their state; ``left_out`` is missing there.

    ``formulas`` is how many cells had one; ``comments`` how many of the cells have a comment.
    """

    file: str
    linked: Sequence[Linked]
    states: Mapping[str, int]
    left_out: Mapping[str, int]
    formulas: int
    comments: int


def _is_same(one: Linked, other: Linked) -> bool:
    """Say whether two faults in a row are one to those who read: both cells are of one merged range."""
    return one.cell != "" and (one.cell, one.reject.sentence) == (other.cell, other.reject.sentence)


class SummarySheet:
    """Writes the sheet of a summary, row by row."""

    def __init__(self, summary: Summary, looks: Looks) -> None:
        self._summary, self._looks = summary, looks
        self._row = 0
        self._links: list[tuple[str, str]] = []

    def write(self) -> Iterator[str]:
        """Write the part."""
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(_WIDTHS, start=1)
        )
        view = '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>'
        fit = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        yield f'{DECLARATION}<worksheet xmlns="{MAIN}">{fit}{view}<sheetFormatPr defaultRowHeight="15"/>'
        yield f"<cols>{columns}</cols><sheetData>"
        yield from self._head()
        yield from self._faults()
        yield from self._foot()
        yield "</sheetData>"
        if self._links:
            yield "<hyperlinks>"
            yield from (f'<hyperlink ref="{cell}" location="{quote(place)}"/>' for cell, place in self._links)
            yield "</hyperlinks>"
        yield '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'

    def _head(self) -> Iterator[str]:
        own = self._looks.own
        yield self._write((say("To mend: {file}", file=self._summary.file), own.title))
        yield self._write()
        for line in (
            say("1. Mend the red cells on the sheet of the data: the comment on each says what is wrong with it."),
            say("2. Leave the first column and the hidden sheet as they are. Rows can be added, moved and deleted."),
            say("3. Save the workbook as .xlsx, and send it back. Rows that were loaded are not loaded twice."),
        ):
            yield self._write((line, own.plain))
        yield self._write()
        for state, count in self._summary.states.items():
            yield self._write((state, own.text), (say_count("{count} row", "{count} rows", count), own.text))
        yield self._write()

    def _faults(self) -> Iterator[str]:
        own = self._looks.own
        groups: dict[str, list[Linked]] = {}
        for linked in self._summary.linked:
            group = groups.setdefault(linked.reject.reason, [])
            if not group or not _is_same(group[-1], linked):
                group.append(linked)
        left = MOST_LINKS
        for code, group in sorted(groups.items(), key=lambda each: -len(each[1])):
            count = say_count("{count} cell", "{count} cells", len(group))
            accepted = show_accepted(code)
            advice = "" if accepted is None else say("Accepted: {accepted}.", accepted=accepted)
            yield self._write((show_kind(code), own.head), (count, own.head), (code, own.head), (advice, own.head))
            shown = group[: min(left, MOST_OF_KIND)]
            left -= len(shown)
            yield from map(self._write_linked, shown)
            if rest := len(group) - len(shown):
                text = say_count(
                    "… and {count} more cell; it is red, and the first column says which rows are to be mended.",
                    "… and {count} more cells; they are red, and the first column says which rows are to be mended.",
                    rest,
                )
                yield self._write((text, own.plain))
            yield self._write()

    def _write_linked(self, linked: Linked) -> str:
        own, reject = self._looks.own, linked.reject
        shown, style = say("{sheet}, row {row}", sheet=reject.sheet, row=reject.row), own.text
        if linked.cell:
            quoted = reject.sheet.replace("'", "''")
            self._links.append((f"A{self._row + 1}", f"'{quoted}'!{linked.cell}"))
            shown, style = f"{reject.sheet}!{linked.cell}", own.link
        value = reject.value or (say("(blank)") if reject.column else "")
        return self._write(
            (shown, style), (reject.column or "", own.text), (value, own.text), (reject.sentence, own.text)
        )

    def _foot(self) -> Iterator[str]:
        own, summary = self._looks.own, self._summary
        lines: list[str] = []
        if summary.formulas:
            lines.append(
                say_count(
                    "{count} cell held a formula; it holds the value that the formula showed.",
                    "{count} cells held formulas; they hold the values that the formulas showed.",
                    summary.formulas,
                )
            )
        if summary.comments < len(summary.linked):
            number = f"{summary.comments:,}"
            lines.append(say("Only the first {count} red cells have a comment; all of them are red.", count=number))
        if lines or summary.left_out:
            yield self._write((say("Not as in the original"), own.head), ("", own.head), ("", own.head), ("", own.head))
        for line in lines:
            yield self._write((line, own.plain))
        for what, count in Counter(summary.left_out).items():
            if count:
                number = f"{count:,}"
                yield self._write((say("Left out: {what} ({count})", what=say(what), count=number), own.plain))

    def _write(self, *cells: tuple[str, int]) -> str:
        self._row += 1
        written = "".join(
            self._write_cell(f"{letter}{self._row}", text[:_LONGEST], style)
            for letter, (text, style) in zip("ABCD", cells, strict=False)
        )
        return f'<row r="{self._row}">{written}</row>'

    def _write_cell(self, name: str, text: str, style: int) -> str:
        if not text:
            return f'<c r="{name}" s="{style}"/>'
        style = self._looks.quoted(style) if might_be_formula(text) else style
        return f'<c r="{name}" s="{style}" t="inlineStr"><is>{write_text(text)}</is></c>'
