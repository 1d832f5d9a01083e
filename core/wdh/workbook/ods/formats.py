"""The number formats of an OpenDocument spreadsheet, written as Excel writes them.

Source: OpenDocument 1.3 part 3, 16.29. A format that cannot be written so is :data:`UNKNOWN`: nobody knows what it
shows, and a column that must know refuses the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from wdh.workbook.ods.elements import NUMBER, STYLE

GENERAL: Final = "General"
UNKNOWN: Final = '"?"0'
_STYLES: Final = frozenset(f"{NUMBER}{name}-style" for name in ("number", "percentage", "currency"))
_CONDITIONS: Final = {("value()>=0",): "{0};{base}", ("value()>0", "value()<0"): "{0};{1};{base}"}


class CellStyles:
    """The number formats of cell styles, by the names of these; styles are added as they are read."""

    def __init__(self) -> None:
        self._data: dict[str, Element] = {}
        self._cells: dict[str, tuple[str | None, str | None]] = {}

    def add(self, styles: Iterable[Element]) -> None:
        """Take in data styles and cell styles."""
        for style in styles:
            name = style.get(f"{STYLE}name", "")
            if style.tag == f"{STYLE}style":
                parent = style.get(f"{STYLE}parent-style-name")
                self._cells[name] = (style.get(f"{STYLE}data-style-name"), parent)
            elif str(style.tag).startswith(NUMBER):
                self._data[name] = style

    def formats(self) -> Mapping[str, str]:
        """Give the format of each cell style."""
        return {name: self._format(self._find(name)) for name in self._cells}

    def _find(self, name: str) -> Element | None:
        """Find the data style of a cell style, or of the nearest above it that has one."""
        seen: set[str] = set()
        while name in self._cells and name not in seen:
            seen.add(name)
            data, parent = self._cells[name]
            if data is not None:
                return self._data.get(data)
            name = parent or ""
        return None

    def _format(self, style: Element | None) -> str:
        if style is None or style.tag not in _STYLES:
            return GENERAL  # of dates and texts the cells themselves say what they hold
        base = _write(style)
        maps = style.findall(f"{STYLE}map")
        if not maps:
            return base
        conditions = tuple(entry.get(f"{STYLE}condition", "").replace(" ", "") for entry in maps)
        others = [self._data.get(entry.get(f"{STYLE}apply-style-name", "")) for entry in maps]
        if conditions not in _CONDITIONS:
            return UNKNOWN
        parts = [UNKNOWN if other is None else _write(other) for other in others]
        return UNKNOWN if UNKNOWN in (base, *parts) else _CONDITIONS[conditions].format(*parts, base=base)


def _write(style: Element) -> str:
    parts = [_write_part(child) for child in style if str(child.tag).startswith(NUMBER)]
    return UNKNOWN if UNKNOWN in parts else "".join(parts) or GENERAL


def _write_part(part: Element) -> str:
    name = str(part.tag).removeprefix(NUMBER)
    text = "".join(part.itertext())
    if name == "number" and not len(part):
        return _write_number(part)
    if name in ("text", "currency-symbol", "fill-character"):
        return text if text in ("%", "-", "(", ")", " ", "") else f'"{text}"' if '"' not in text else UNKNOWN
    return "0.00E+00" if name == "scientific-number" else UNKNOWN


def _write_number(part: Element) -> str:
    least, places = part.get(f"{NUMBER}min-integer-digits", "1"), part.get(f"{NUMBER}decimal-places")
    kept = part.get(f"{NUMBER}min-decimal-places", places)
    if not _are_small(least, places or "0", kept or "0") or part.get(f"{NUMBER}display-factor", "1") != "1":
        return UNKNOWN
    if places is None and least in ("0", "1") and part.get(f"{NUMBER}grouping") != "true":
        return GENERAL
    whole = "0" * int(least) or "#"
    if part.get(f"{NUMBER}grouping") == "true":
        whole = f"#,{whole.rjust(3, '#')}" if len(whole) <= 3 else UNKNOWN
    always, most = int(kept or 0), int(places or 0)
    decimals = "0" * always + "#" * (most - always)
    return UNKNOWN if whole == UNKNOWN else f"{whole}.{decimals}" if decimals else whole


def _are_small(*numbers: str) -> bool:
    return all(number.isascii() and number.isdigit() and len(number) < 3 for number in numbers)
