"""Reads one cell of a sheet's XML: its value, or a DamagedValue. A cell with content is never read as empty."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final
from xml.etree import ElementTree

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from wdh.facts.cells import ERROR_TEXTS, UNCACHED, DamagedValue, ErrorValue, PlainValue
from wdh.workbook.package.contents import Contents
from wdh.workbook.rows.blocks import NO_DATE, OVERFLOW

_WIDEST_INT: Final = 1 << 63
_LONGEST_INT: Final = 400
"""Digits past which no float holds a number."""
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INDEX = re.compile(r"[0-9]{1,9}")
_BOOLEANS: Final = {"true": True, "false": False}
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_FORMULA, _VALUE, _INLINE = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("f", "v", "is"))
_TEXT, _RUN, _HINT, _EXTENSIONS = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("t", "r", "rPh", "extLst"))
_APART: Final = frozenset((_FORMULA, _EXTENSIONS))


Text = str | DamagedValue


class ExactCells:
    """Reads the cells of one workbook, whose shared strings are ``strings``.

    Of a cell that is written against the rules (ECMA-376 part 1, 18.3.1.4) it gives what can be meant, or a
    :class:`DamagedValue` with what is written there.
    """

    def __init__(self, strings: Sequence[Text], contents: Contents) -> None:
        self._strings = strings
        self._epoch_1904, self._is_calculated = contents.epoch_1904, contents.is_calculated
        self._dates = contents.styles.dates | contents.styles.eastern
        self._durations = contents.styles.durations
        self._kinds: Mapping[str, Callable[[str], PlainValue]] = {
            "n": _read_number,
            "s": self._read_shared,
            "b": _read_boolean,
            "e": _read_error,
            "str": unescape,
            "inlineStr": unescape,
            "d": _read_day,
        }

    def read(self, element: ElementTree.Element, style: int) -> PlainValue:
        """Read a cell of this style."""
        kind = element.get("t", "n")
        if len(element) == 1:
            child = element[0]
            if child.tag == _VALUE and not len(child):
                return self._read_value(child.text, kind, style)
            if child.tag == _INLINE and kind == "inlineStr" and (text := read_string(child)):
                return text
        return self._read_odd(element, kind, style=style)

    def _read_value(self, text: str | None, kind: str, style: int) -> PlainValue:
        read = self._kinds.get(kind)
        if not text:
            return ErrorValue("") if kind == "e" else None
        if read is None:
            return DamagedValue(text)
        value = read(text)
        if kind == "n" and style in self._dates and type(value) in (int, float):
            duration = style in self._durations
            return read_serial(value, epoch_1904=self._epoch_1904, duration=duration)  # type: ignore[arg-type]
        return value

    def _read_odd(self, element: ElementTree.Element, kind: str, *, style: int) -> PlainValue:
        """Read a cell that holds more than one value alone, or nothing."""
        texts = [text for child in element.iterfind(_VALUE) if (text := "".join(child.itertext()))]
        inlines = [string for child in element.iterfind(_INLINE) if (string := read_string(child))]
        is_inline = kind == "inlineStr"
        found = [*texts, *map(str, inlines)]
        if len(found) > 1 or (texts and any(map(len, element.iterfind(_VALUE)))) or (inlines and not is_inline):
            return DamagedValue(" ".join(found))
        if inlines:
            return inlines[0]
        is_formula = element.find(_FORMULA) is not None
        if not texts:
            return self._read_nothing(element, kind, is_formula=is_formula)
        text = texts[0]
        value = self._read_value(text, kind, style)
        return UNCACHED if is_formula and not self._is_calculated and _is_zero(text, kind) else value

    def _read_nothing(self, element: ElementTree.Element, kind: str, *, is_formula: bool) -> PlainValue:
        if is_formula:
            has_text = kind == "str" and element.find(_VALUE) is not None
            return None if has_text and self._is_calculated else UNCACHED
        if stray := _stray_text(element):
            return DamagedValue(stray)
        return ErrorValue("") if kind == "e" else None

    def _read_shared(self, text: str) -> PlainValue:
        index = text.strip()
        if _INDEX.fullmatch(index) and int(index) < len(self._strings):
            return self._strings[int(index)]
        return DamagedValue(text) if index else None


def read_string(element: ElementTree.Element) -> Text:
    """Give the text of a string, in its order, without its formats and without phonetic hints.

    Of one that has text where no text belongs it gives a :class:`DamagedValue` with all of it.
    """
    if len(element) == 1 and element[0].tag == _TEXT and not len(element[0]):
        return unescape(element[0].text or "")
    used = [*element.iterfind(_TEXT), *element.iterfind(f"{_RUN}/{_TEXT}")]
    hints = sum(1 for hint in element.iter(_HINT) for _ in hint.iter(_TEXT))
    if len(used) + hints < sum(1 for _ in element.iter(_TEXT)) or any(map(len, used)):
        return DamagedValue(" ".join("".join(element.itertext()).split()))
    runs = ((node,) if node.tag == _TEXT else node.iterfind(_TEXT) if node.tag == _RUN else () for node in element)
    return unescape("".join(node.text or "" for node in chain.from_iterable(runs)))


def unescape(text: str) -> str:
    """Undo the escapes of a stored text: ``_x000D_`` is a carriage return, ``_x005F_`` an underscore.

    Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
    """
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read_number(text: str) -> PlainValue:
    if _WHOLE.fullmatch(text) and len(text) <= _LONGEST_INT:
        return _bound(int(text))
    if _NUMBER.fullmatch(text):
        return float(text)
    plain = text.strip()
    if plain == text:
        return DamagedValue(text)
    return _read_number(plain) if plain else None


def _bound(number: int) -> int | float | str:
    """Turn an integer beyond 64 bits into a float, as Excel and every other reader do."""
    if -_WIDEST_INT <= number < _WIDEST_INT:
        return number
    try:
        return float(number)
    except OverflowError:
        return OVERFLOW


def _read_boolean(text: str) -> PlainValue:
    plain = text.strip()
    if _WHOLE.fullmatch(plain):
        return plain.strip("-+0") != ""
    return _BOOLEANS.get(plain.lower(), DamagedValue(text)) if plain else None


def _read_error(text: str) -> PlainValue:
    return text if text in ERROR_TEXTS else ErrorValue(text.strip())


def _read_day(text: str) -> PlainValue:
    plain = text.strip()
    try:
        return from_ISO8601(plain) if plain else None  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, OverflowError):
        return DamagedValue(text)


def _is_zero(text: str, kind: str) -> bool:
    return kind == "n" and _NUMBER.fullmatch(text.strip()) is not None and float(text) == 0


def _stray_text(element: ElementTree.Element) -> str:
    children = (child for child in element if child.tag not in _APART)
    texts = chain([element.text], *([*child.itertext(), child.tail] for child in children))
    return " ".join(" ".join(text for text in texts if text).split())


def read_serial(serial: float, *, epoch_1904: bool, duration: bool) -> PlainValue:
    """Turn a number with a date format into a datetime, a time (below one day) or a duration.

    A number that no calendar has (negative, past the year 9999) gives :data:`NO_DATE`.
    """
    epoch = MAC_EPOCH if epoch_1904 else WINDOWS_EPOCH
    try:
        value: PlainValue = from_excel(serial, epoch, timedelta=duration)
    except (OverflowError, ValueError):
        return NO_DATE
    if isinstance(value, datetime.datetime) and value < epoch:
        return NO_DATE
    return value
