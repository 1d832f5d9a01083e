"""Months and years in headers and names: how they are written there, and what reads them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from wdh.columns.days import Month
from wdh.inspection.hints import hints_at
from wdh.words.headers import normalise_header

_NAMED: Final = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?"
    "|Nov(?:ember)?|Dec(?:ember)?)"
)
_RANGE: Final = re.compile(r"\s*[-~—–至到]\s*\d")
"""The text behind a month from which a range goes on: 2024年1月至11月 says no month."""
_FORMATS: Final = ("%b %Y", "%b%Y", "%b-%Y", "%B %Y", "%B%Y", "%b-%y", "%Y %b", "%Y_%m")
_MONTH: Final = ("月度", "month")
_YEAR: Final = ("年", "year")
_NAME_OF_MONTH: Final = ("月份", "month_name")


class Spelling(Struct, frozen=True):
    """A way in which periods are written. ``columns`` name the column of such values, in Chinese and in English."""

    pattern: str
    columns: tuple[str, str]

    @property
    def is_month(self) -> bool:
        """Whether it says a year and a month."""
        return self.columns == _MONTH

    @property
    def is_dated(self) -> bool:
        """Whether it says the year."""
        return self.columns != _NAME_OF_MONTH

    def column(self, others: Collection[str]) -> str:
        """Name the column of the values, in the language of the ``others``."""
        return choose_name(self.columns, others)


SPELLINGS: Final = (
    Spelling(r"\d{2,4}年\d{1,2}月", _MONTH),
    Spelling(r"20\d\d[-/.]\d{1,2}(?:[-/.]0?1)?", _MONTH),
    Spelling(r"20\d\d_\d{1,2}", _MONTH),
    Spelling(r"20\d{4}", _MONTH),
    Spelling(_NAMED + r"[- ]?\d{2,4}", _MONTH),
    Spelling(r"20\d\d *" + _NAMED, _MONTH),
    Spelling(r"20\d\d年?", _YEAR),
    Spelling(r"\d{1,2}月", _NAME_OF_MONTH),
    Spelling(_NAMED, _NAME_OF_MONTH),
)


def choose_name(names: tuple[str, str], others: Collection[str]) -> str:
    """Choose the Chinese or the English of two names by the language of others."""
    return names[0] if any(char >= "\u2e80" for text in others for char in text) else names[1]


def find_formats(texts: Collection[object]) -> tuple[str, ...] | None:
    """Give the formats with which a column of the kind month reads all of these; None: there are none such."""
    for formats in ((), *((one,) for one in _FORMATS)):
        month = Month(formats)
        if all(isinstance(month.read(text, None), datetime.date) for text in texts):  # type: ignore[arg-type]
            return formats
    return None


class Wide(Struct, frozen=True):
    """Columns side by side that are periods: the expression of their headers, and what it makes of them.

    ``value`` is the one column of the cells; None: the expression names ``values``. ``declared`` is the
    declaration of the periods; empty: what they look like decides.
    """

    columns: str
    into: str
    value: str | None
    values: tuple[str, ...]
    headers: tuple[str, ...]
    declared: Mapping[str, Any] = field(default_factory=dict)


class _Part(Struct, frozen=True):
    header: str
    before: str
    into: str
    after: str


def find_wide(headers: Sequence[str]) -> Wide | None:
    """Find columns side by side that are months or years; None: there are none, or nothing beside them."""
    for spelling in SPELLINGS:
        parts = [part for header in headers if (part := _split(header, spelling)) is not None]
        found = _find_plain(parts, spelling, headers) or _find_named(parts, spelling, headers)
        if found is not None:
            return found
    return None


def _split(header: str, spelling: Spelling) -> _Part | None:
    found = re.fullmatch(rf"(?P<before>\D*)(?P<into>{spelling.pattern})(?P<after>(?!\d).*)", header)
    return None if found is None else _Part(header, found["before"], found["into"], found["after"])


def _find_plain(parts: Sequence[_Part], spelling: Spelling, headers: Sequence[str]) -> Wide | None:
    plain = [part.header for part in parts if not part.before and not part.after]
    declared = _declare(spelling, plain)
    if declared is None or len(plain) < (2 if spelling.is_dated else 3) or len(plain) == len(headers):
        return None
    value = choose_name(("数值", "value"), headers)
    found = Wide(spelling.pattern, spelling.column(headers), value, (value,), tuple(plain), declared)
    return found if _is_exact(found, headers) else None


def _find_named(parts: Sequence[_Part], spelling: Spelling, headers: Sequence[str]) -> Wide | None:
    """Find periods that are written before, or behind, the name of what stands below them."""
    for side in ("after", "before"):
        named = [part for part in parts if getattr(part, side) and not getattr(part, _other(side))]
        periods: dict[str, list[_Part]] = {}
        for part in named:
            periods.setdefault(getattr(part, side), []).append(part)
        kept = {text: group for text, group in periods.items() if len({part.into for part in group}) > 1}
        found = _join_named(kept, side, spelling, headers)
        if found is not None:
            return found
    return None


def _other(side: str) -> str:
    return "before" if side == "after" else "after"


def _join_named(kept: dict[str, list[_Part]], side: str, spelling: Spelling, headers: Sequence[str]) -> Wide | None:
    parts = [part for group in kept.values() for part in group]
    declared = _declare(spelling, [part.into for part in parts])
    joints = {_find_joint(text, side) for text in kept}
    if declared is None or len(joints) != 1 or len(parts) == len(headers):
        return None
    (joint,) = joints
    values = tuple(normalise_header(text.strip(joint)) for text in kept)
    into, value = rf"(?P<into>{spelling.pattern})", f"(?P<value>{'|'.join(map(re.escape, values))})"
    ordered = (into, re.escape(joint), value) if side == "after" else (value, re.escape(joint), into)
    wide = tuple(header for header in headers if header in {part.header for part in parts})
    found = Wide("".join(ordered), spelling.column(headers), None, values, wide, declared)
    return found if _is_exact(found, headers) else None


def _find_joint(text: str, side: str) -> str:
    edge = text[0] if side == "after" else text[-1]
    return edge if edge in "/_-" else ""


def _declare(spelling: Spelling, texts: Collection[str]) -> dict[str, Any] | None:
    """Declare the column of these periods where that does not follow from their looks; None: they cannot be read."""
    if not texts:
        return None
    if not spelling.is_month:
        return {"kind": "integer"} if all(map(str.isdecimal, texts)) else {}
    formats = find_formats(texts)
    if formats is None:
        return None
    return {"kind": "month", "formats": list(formats)} if formats else {}


def _is_exact(found: Wide, headers: Sequence[str]) -> bool:
    """Say whether the expression is that of these columns alone, and no other column has a name that they get."""
    matched = [header for header in headers if re.fullmatch(found.columns, header)]
    others = {*headers} - {*found.headers}
    return matched == [*found.headers] and others.isdisjoint((found.into, *found.values))


class Named(Struct, frozen=True):
    """A period that a name says: the expression that finds it, with the group ``value``, and its text."""

    spelling: Spelling
    pattern: str
    text: str
    declared: Mapping[str, Any] = field(default_factory=dict)


def find_named(names: Sequence[str], *, is_whole: bool = False) -> Iterator[Named]:
    """Find the months, or else the years, that all of these names say in one way.

    ``is_whole``: nothing else may stand in them.
    """
    for spelling in SPELLINGS:
        if not spelling.is_dated:
            continue
        value = f"(?P<value>{spelling.pattern})"
        pattern = f"^{value}$" if is_whole else rf"(?<!\d){value}(?!\d)"
        texts = [text for name in names if (text := _find_one(pattern, name)) is not None]
        declared = _declare(spelling, texts) if len(texts) == len(names) else None
        if declared is not None:
            yield Named(spelling, pattern, texts[0], declared)


def _find_one(pattern: str, name: str) -> str | None:
    """Give the text that the expression finds; None: there is none, or another one, or a range."""
    found = list(re.finditer(pattern, name))
    if len({one["value"] for one in found}) != 1:
        return None
    last = found[-1]
    goes_on = _RANGE.match(name[last.end() :]) is not None and "-" not in last["value"]
    return None if goes_on else last["value"]


def says_month(headers: Sequence[str]) -> bool:
    """Say whether a header is that of a month, so that no other column is to give it."""
    return any(hints_at(header, "month") for header in headers)
