"""The rows of a sheet that is not written as most are: parsed, and written in the usual way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from xml.etree import ElementTree

from wdh.facts.cells import ERROR_TEXTS, column_index, column_letter
from wdh.mending.elements import (
    child,
    children,
    escape_text,
    name_of,
    plain_attributes,
    read_events,
    write_element,
    write_text,
)
from wdh.mending.fingerprints import UNKNOWN_ERROR
from wdh.mending.looks import might_be_formula
from wdh.mending.rows import RowTask, write_state_cell

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INDEX: Final = re.compile(r"[0-9]{1,9}")
_CELL: Final = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]{5,15}Z?)?")
_BOOLEANS: Final[Mapping[str, str]] = {"1": "1", "0": "0", "true": "1", "false": "0"}
_FIELDS: Final = ("ht", "customHeight", "hidden", "outlineLevel", "collapsed", "thickTop", "thickBot", "customFormat")
_VALUE: Final = re.compile(r"[A-Za-z0-9.+-]{1,32}")

_Cells = dict[int, tuple[int, str]]
"""The cells of a row by their columns: style, and all that follows it."""


class OddRows:
    """Copies the rows of any sheet.

    ``beyond`` counts cells that fell off the sheet, ``formulas`` those that had one.
    """

    def __init__(self, task: RowTask) -> None:
        self._task = task
        self.formulas = 0
        self.beyond = 0

    def copy(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Parse a whole sheet, and give its rows."""
        last, held = 0, None
        for node in _read_rows(chunks):
            number = node.get("r", "")
            row = int(number) if _INDEX.fullmatch(number) else last + 1
            fields, cells = self._read_row(node)
            if held is not None and row == held[0]:  # some writers write a row for each cell
                held[2].update(cells)
                continue
            if held is not None:
                yield self._write_row(*held)
            last, held = row, (row, fields, cells)
        if held is not None:
            yield self._write_row(*held)

    def _read_row(self, node: ElementTree.Element) -> tuple[str, _Cells]:
        cells: _Cells = {}
        column = -1
        for place, cell in enumerate(children(node, "c")):
            name = cell.get("r") or ""
            match = None if name == str(place) else _CELL.fullmatch(name)
            column = column_index(match[1]) if match else column + 1
            moved = self._task.shift.column(column)
            style, text = self._read_cell(cell)
            if moved is None:
                self.beyond += 1
            elif (self._task.shift.by or column) and (text != "/>" or moved not in cells):
                cells[moved] = style, text
        attributes = plain_attributes(node)
        kept = {key: attributes[key] for key in _FIELDS if _VALUE.fullmatch(attributes.get(key, ""))}
        if kept.get("customFormat"):
            kept["s"] = str(self._base(attributes.get("s", "0")))
        return "".join(f' {key}="{value}"' for key, value in kept.items()), cells

    def _base(self, style: str) -> int:
        return self._task.looks.base(int(style)) if _INDEX.fullmatch(style) else 0

    def _write_row(self, row: int, fields: str, cells: _Cells) -> bytes:
        looks, state = self._task.looks, self._task.states.get(row)
        for column in self._task.red.get(row, ()):
            moved = self._task.shift.column(column)
            if moved is not None:
                style, text = cells.get(moved, (0, "/>"))
                cells[moved] = looks.red(style), text
        written = "".join(
            f'<c r="{column_letter(column)}{row}" s="{style}"{text}' for column, (style, text) in sorted(cells.items())
        )
        first = "" if state is None else write_state_cell(row, state)
        return f'<row r="{row}"{fields}>{first}{written}</row>'.encode()

    def _read_cell(self, node: ElementTree.Element) -> tuple[int, str]:
        """Read a cell: the number of its style, and all that is written behind it."""
        style = self._base(node.get("s", "0"))
        has_formula = child(node, "f") is not None
        self.formulas += has_formula
        inline = child(node, "is")
        if inline is not None and node.get("t") == "inlineStr":
            text = "".join(each.text or "" for each in inline.iter() if name_of(each) == "t")
            written = write_element(inline, without=("rPh", "phoneticPr"))
            return self._quote(style, text), f' t="inlineStr">{written}</c>'
        value = child(node, "v")
        text = "" if value is None else "".join(value.itertext())
        if not text:
            return style, "/>"
        return self._write_value(node.get("t", "n"), text, style, has_formula=has_formula)

    def _quote(self, style: int, text: str) -> int:
        return self._task.looks.quoted(style) if might_be_formula(text) else style

    def _write_value(self, kind: str, text: str, style: int, *, has_formula: bool) -> tuple[int, str]:
        plain = text.strip()
        if kind == "s" and _INDEX.fullmatch(plain) and int(plain) < self._task.strings:
            number = int(plain)
            self._task.used[number] = 1
            is_formula = number in self._task.formulas
            return self._task.looks.quoted(style) if is_formula else style, f' t="s"><v>{number}</v></c>'
        if kind == "n" and _NUMBER.fullmatch(plain):
            if has_formula and not self._task.is_calculated and not float(plain):
                return style, "/>"
            is_finite = math.isfinite(float(plain))
            return style, f"><v>{plain}</v></c>" if is_finite else ' t="e"><v>#NUM!</v></c>'
        if kind == "b" and plain.lower() in _BOOLEANS:
            return style, f' t="b"><v>{_BOOLEANS[plain.lower()]}</v></c>'
        if kind == "e":
            return style, f' t="e"><v>{plain if plain in ERROR_TEXTS else UNKNOWN_ERROR}</v></c>'
        if kind == "d" and _DAY.fullmatch(plain):
            return style, f' t="d"><v>{plain}</v></c>'
        if kind == "str":
            return self._quote(style, text), f' t="str"><v xml:space="preserve">{escape_text(text)}</v></c>'
        return self._quote(style, text), f' t="inlineStr"><is>{write_text(text)}</is></c>'


def _read_rows(chunks: Iterable[bytes]) -> Iterator[ElementTree.Element]:
    """Give the rows of a sheet one after the other, and keep none."""
    data: ElementTree.Element | None = None
    for event, node in read_events(chunks):
        if event == "start":
            data = node if data is None and name_of(node) == "sheetData" else data
        elif name_of(node) == "row" and data is not None:
            yield node
            node.clear()
            data.clear()
        elif node is data:
            return
