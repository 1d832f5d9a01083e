"""Reads one cell of an OpenDocument sheet: its value by its type, as OpenDocument 1.3 part 3, 19.385 has it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from wdh.facts.cells import ERROR_TEXTS, UNCACHED, DamagedValue, ErrorValue, PlainValue
from wdh.workbook.ods.elements import CALC, OFFICE, TABLE, TEXT

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_DURATION = re.compile(
    r"(-?)P(?:([0-9]{1,7})D)?T?(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:[.,][0-9]+)?)S)?"
)
_NUMBERS: Final = frozenset(("float", "percentage", "currency"))
_TRUTHS: Final = {"of:=TRUE()": True, "of:=FALSE()": False}
"""The formulas that LibreOffice writes for the booleans of a workbook of Excel; their values are numbers."""

_MIDNIGHT: Final = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - of a time of day, which has no zone
_DAY: Final = datetime.timedelta(days=1)
_MOST_SPACES: Final = 32_767


def read_value(cell: Element) -> PlainValue:
    """Read a cell. One with content is never read as empty: a type that is not known is a DamagedValue."""
    kind = cell.get(f"{OFFICE}value-type")
    if cell.get(f"{CALC}value-type") == "error":
        return _read_error(read_text(cell))
    if kind is None:
        text = read_text(cell)
        return UNCACHED if cell.get(f"{TABLE}formula") is not None else DamagedValue(text) if text else None
    if kind == "string":
        return cell.get(f"{OFFICE}string-value") or read_text(cell)
    if kind in _NUMBERS:
        if (truth := _TRUTHS.get(cell.get(f"{TABLE}formula", ""))) is not None:
            return truth
        shown = read_text(cell)
        if shown in ERROR_TEXTS or shown.startswith("Err:"):  # which Excel stores as 0
            return _read_error(shown)
        return _read_number(cell.get(f"{OFFICE}value", ""))
    if kind == "boolean":
        text = cell.get(f"{OFFICE}boolean-value", "")
        return text == "true" if text in ("true", "false") else DamagedValue(text)
    if kind == "date":
        return _read_day(cell.get(f"{OFFICE}date-value", ""))
    if kind == "time":
        return _read_time(cell.get(f"{OFFICE}time-value", ""))
    return DamagedValue(read_text(cell) or kind)


def read_text(cell: Element) -> str:
    """Read the paragraphs that a cell shows, without its comments."""
    return "\n".join("".join(_texts(paragraph)) for paragraph in cell.findall(f"{TEXT}p"))


def _texts(element: Element) -> Iterator[str]:
    name = element.tag
    if name == f"{OFFICE}annotation" or name == f"{TEXT}ruby-text":
        return
    if name == f"{TEXT}s":
        spaces = element.get(f"{TEXT}c", "1")
        yield " " * min(int(spaces) if spaces.isascii() and spaces.isdigit() else 1, _MOST_SPACES)
    elif name == f"{TEXT}tab":
        yield "\t"
    elif name == f"{TEXT}line-break":
        yield "\n"
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def _read_error(text: str) -> PlainValue:
    return text if text in ERROR_TEXTS else ErrorValue(text.strip())


def _read_number(text: str) -> PlainValue:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else DamagedValue(text)


def _read_day(text: str) -> PlainValue:
    try:
        return datetime.datetime.fromisoformat(text[:26])
    except ValueError:
        return DamagedValue(text)


def _read_time(text: str) -> PlainValue:
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        return DamagedValue(text)
    days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups()[1:])
    try:
        span = datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return DamagedValue(text)
    if found[1]:
        return -span
    return (_MIDNIGHT + span).time() if span < _DAY else span
