"""The rejects for people: grouped by kind and column, with some of the cells, each told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, field

from wdh.facts import Reject
from wdh.intake.tally import Intake, rejected_rows
from wdh.report.blocks import Line, Section, Table
from wdh.words.language import say, say_count
from wdh.words.phrases import clip

SHOWN_GROUPS: Final = 10
NAMED_GROUPS: Final = 100
"""How many more are told by their names alone."""

SHOWN_CELLS: Final = 3
_LONGEST_VALUE: Final = 30
_LONGEST_LISTED: Final = 40


class Group(Struct):
    """The rejects of one kind in one column; ``cells`` are those that no group before tells."""

    reason: str
    column: str | None
    cells: list[Reject] = field(default_factory=list)
    count: int = 0


def summarise_rejects(intake: Intake, *, verbose: bool) -> Iterator[Section]:
    """Show the rejects; nothing where there are none. ``verbose`` shows each of them, and does not group them."""
    if intake.rejects:
        parts = [_list_all(intake.rejects)] if verbose else list(_show_groups(intake.rejects))
        yield Section(say("Rejects"), [_count(intake), *parts])


def group_rejects(rejects: Sequence[Reject]) -> list[Group]:
    """Group rejects by kind and column, the largest groups first. A cell with several faults is told in the first."""
    groups: dict[tuple[str, str | None], Group] = {}
    told = set()
    for reject in rejects:
        group = groups.setdefault((reject.reason, reject.column), Group(reject.reason, reject.column))
        group.count += 1
        place = (reject.file, reject.sheet, reject.cell or reject.row)
        if place not in told:
            told.add(place)
            group.cells.append(reject)
    return sorted((group for group in groups.values() if group.cells), key=lambda group: -group.count)


def _count(intake: Intake) -> Line:
    cells = len({(reject.file, reject.sheet, reject.cell or reject.row) for reject in intake.rejects})
    return Line(
        say_count(
            "{count} cell in {rows} could not be taken over",
            "{count} cells in {rows} could not be taken over",
            cells,
            rows=say_count("{count} row", "{count} rows", rejected_rows(intake)),
        )
    )


def _list_all(rejects: Sequence[Reject]) -> Table:
    rows = [
        (
            reject.file,
            reject.sheet,
            _place(reject),
            reject.column or "",
            clip(reject.value or "", _LONGEST_LISTED),
            reject.reason,
            reject.sentence,
        )
        for reject in rejects
    ]
    places = (say("file"), say("sheet"), say("cell"), say("column"))
    return Table((*places, say("value"), say("reason"), say("what is wrong")), rows)


def _show_groups(rejects: Sequence[Reject]) -> Iterator[Line]:
    sheets = {(reject.file, reject.sheet) for reject in rejects}
    if len(sheets) == 1:
        ((file, sheet),) = sheets
        yield Line(say("in {file}, sheet {sheet}:", file=file, sheet=sheet))
    groups = group_rejects(rejects)
    for group in groups[:SHOWN_GROUPS]:
        yield from _show_group(group, names_sheet=len(sheets) > 1)
    if (hidden := len(groups) - SHOWN_GROUPS) > 0:
        yield Line(say_count("… and {count} more kind of fault:", "… and {count} more kinds of faults:", hidden))
        yield from _name_groups(groups[SHOWN_GROUPS:])
    if hidden > 0 or any(len(group.cells) > SHOWN_CELLS for group in groups):
        yield Line(say("--verbose lists each cell; --report-dir DIR writes them to rejects.xlsx"))


def _name_groups(groups: Sequence[Group]) -> Iterator[Line]:
    """Name groups by column, so that nobody has to guess what the others are."""
    by_column: dict[str | None, list[Group]] = {}
    for group in groups[:NAMED_GROUPS]:
        by_column.setdefault(group.column, []).append(group)
    for column, found in by_column.items():
        yield Line(f"{_show_column(column)} · {', '.join(map(_name_group, found))}", level=1)
    if (hidden := len(groups) - NAMED_GROUPS) > 0:
        yield Line(say("… and {count} more", count=f"{hidden:,}"), level=1)


def _name_group(group: Group) -> str:
    rest = len(group.cells) - 1
    return f"{group.reason} {_place(group.cells[0])}" + (say(" and {count} more", count=f"{rest:,}") if rest else "")


def _show_group(group: Group, *, names_sheet: bool) -> Iterator[Line]:
    count = say_count("{count} cell", "{count} cells", group.count)
    yield Line(f"{_show_column(group.column)} · {group.reason} · {count}")
    yield Line(group.cells[0].sentence, level=1)
    shown = "; ".join(_show_cell(reject, names_sheet=names_sheet) for reject in group.cells[:SHOWN_CELLS])
    rest = len(group.cells) - SHOWN_CELLS
    yield Line(shown + (say(" and {count} more", count=f"{rest:,}") if rest > 0 else ""), level=1)


def _show_column(column: str | None) -> str:
    return say("the row as a whole") if column is None else column


def _show_cell(reject: Reject, *, names_sheet: bool) -> str:
    place = _place(reject)
    if names_sheet:
        place = say("{file}, sheet {sheet}, {place}", file=reject.file, sheet=reject.sheet, place=place)
    return place if reject.value is None else f"{place} “{clip(reject.value, _LONGEST_VALUE)}”"


def _place(reject: Reject) -> str:
    return reject.cell or say("row {row}", row=reject.row)
