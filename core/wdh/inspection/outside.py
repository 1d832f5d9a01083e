"""Values outside the table: beside a label above it, and in the names of sheet, file and folder."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from wdh.facts.cells import CellValue, Merged, PlainValue, Uncached, column_letter, plain_value
from wdh.inspection.periods import Named, Spelling, choose_name, find_formats, find_named
from wdh.words.blanks import is_blank
from wdh.words.headers import normalise_header
from wdh.words.language import later, say
from wdh.workbook.rows.guesses import Line

_COLON: Final = (":", "：")
_SIGNATURE: Final = re.compile(
    r"[填制编审上报复经](?:表|报|制|核|办).{0,4}|(?:prepared|approved|checked|signed)by", re.IGNORECASE
)
"""Labels of who made the sheet and when: nothing about the rows."""
_SHEET_SAYS: Final = later("the sheet's name says {text}")
_FILE_SAYS: Final = later("the file's name says {text}")
_FOLDER_SAYS: Final = later("the folder says {text}")
_NEAREST: Final = 3
"""How many folders above a file may be named after its month."""


class Beside(Struct, frozen=True):
    """A cell above the table that holds a value: its A1 name, its label (empty: none), and what it shows."""

    cell: str
    label: str
    value: PlainValue


class Given(Struct, frozen=True):
    """A constant that is proposed: its column, its entry in the YAML's own form, why, and the column's declaration.

    ``is_spare``: where a column of the sheet says the month, it is not needed.
    """

    name: str
    entry: Any
    evidence: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    is_month: bool = False
    is_spare: bool = False


class Names(Struct, frozen=True):
    """The names of a delivery: of its file, of the sheets that are read, and of the language of its columns."""

    path: Path
    sheets: tuple[str, ...]
    headers: Sequence[str] = field(default_factory=tuple)


def list_beside(lines: Sequence[Line]) -> Iterator[Beside]:
    """List the cells of the rows above a table that hold a value: those behind a label, and months."""
    for number, cells in lines:
        label = _find_label(cells)
        for index, cell in enumerate(cells):
            value = plain_value(cell)
            if _is_empty(value) or _goes_on(cell, index):
                continue
            if isinstance(value, str) and (value.rstrip().endswith(_COLON) or (label and index == 0)):
                label = normalise_header(value.rstrip().rstrip("".join(_COLON)))
                continue
            if label or _is_month(value):
                yield Beside(f"{column_letter(index)}{number}", label, value)
            label = ""


def _find_label(cells: Sequence[CellValue]) -> str:
    """Give the first cell of a row that holds a text there, a value beside it, and nothing else; else nothing."""
    filled = [index for index, cell in enumerate(cells) if not _is_empty(plain_value(cell))]
    first = cells[0] if filled == [0, 1] else None
    return first if isinstance(first, str) and not _is_month(first) else ""


def propose_labelled(found: Sequence[Beside], headers: Collection[str]) -> Iterator[Given]:
    """Propose a column for each value that has a label, but for those of who made the sheet."""
    taken = {*headers}
    for one in found:
        if one.label and one.label not in taken and not _SIGNATURE.fullmatch(one.label):
            taken.add(one.label)
            evidence = say(
                "{cell}, above the table, holds {value} behind the label {label}",
                cell=one.cell,
                value=_show(one.value),
                label=one.label,
            )
            yield Given(one.label, {"cell": one.cell}, evidence, is_month=_is_month(one.value))


def propose_month(found: Sequence[Beside], names: Names) -> Given | None:
    """Propose the column of the month, or else of the year, where a name or a cell outside the table says it."""
    sheets = next(find_named(names.sheets), None)
    if sheets is not None and sheets.spelling.is_month:
        what = say(_SHEET_SAYS, text=sheets.text)
        if len(names.sheets) > 1:
            what = say("the sheets' names say it: {sheets}", sheets=", ".join(names.sheets))
        return _give(sheets, "sheet", what, names)
    cell = next((one for one in found if not one.label and _is_month(one.value)), None)
    if cell is not None:
        name = choose_name(("月度", "month"), names.headers)
        return Given(
            name,
            {"cell": cell.cell},
            say("no column says it, and {cell} holds {value}", cell=cell.cell, value=_show(cell.value)),
            is_month=True,
            is_spare=True,
        )
    return _propose_named(sheets, names)


def _propose_named(sheets: Named | None, names: Names) -> Given | None:
    file = next(find_named([names.path.stem]), None)
    folder = next(_find_folders(names.path), None)
    found = (
        ("sheet", _SHEET_SAYS, sheets),
        ("file", _FILE_SAYS, file),
        ("folder", _FOLDER_SAYS, folder),
    )
    dated = [(source, what, named) for source, what, named in found if named is not None]
    for source, what, named in sorted(dated, key=lambda each: not each[2].spelling.is_month):
        return _give(named, source, say(what, text=named.text), names)
    return None


def _find_folders(path: Path) -> Iterator[Named]:
    for folder in list(path.absolute().parent.parts)[: -_NEAREST - 1 : -1]:
        yield from (named for named in find_named([folder], is_whole=True) if named.spelling.is_month)


def _give(found: Named, source: str, evidence: str, names: Names) -> Given:
    spelling: Spelling = found.spelling
    name = spelling.column(names.headers)
    entry = {source: found.pattern}
    return Given(
        name,
        entry,
        say("no column says it, and {evidence}", evidence=evidence),
        found.declared,
        is_month=spelling.is_month,
        is_spare=True,
    )


def propose_sheet(names: Names) -> Given:
    """Propose the column that says from which of several sheets a row is."""
    shared = normalise_header(shared_beginning(names.sheets).rstrip("0123456789-_ ("))
    name = shared if len(shared) > 1 else choose_name(("工作表", "sheet"), (*names.headers, *names.sheets))
    evidence = say("only the names tell these sheets apart: {sheets}", sheets=", ".join(names.sheets))
    return Given(name, {"sheet": "^(?P<value>.+)$"}, evidence)


def shared_beginning(names: Sequence[str]) -> str:
    """Give the beginning that all names have."""
    return "".join(chars[0] for chars in takewhile(lambda chars: len({*chars}) == 1, zip(*names, strict=False)))


def _show(value: PlainValue) -> str:
    return str(value.date()) if isinstance(value, datetime.datetime) else str(value)


def _is_empty(value: PlainValue) -> bool:
    return isinstance(value, Uncached) or is_blank(value)


def _goes_on(cell: CellValue, index: int) -> bool:
    return isinstance(cell, Merged) and not re.fullmatch(rf"{column_letter(index)}\d+(?::.*)?", cell.area)


def _is_month(value: PlainValue) -> bool:
    return isinstance(value, (str, datetime.date)) and find_formats([value]) is not None
