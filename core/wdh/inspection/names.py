"""Names taken from a workbook: the pattern of its file name, and names that PostgreSQL takes whole."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from wdh.sql.identifiers import MAX_BYTES, quote_ident

_MONTHS: Final = (
    (r"(?<!\d)(?P<year>20\d\d|\d\d)年(?P<month>1[0-2]|0?[1-9])月", r"(?P<year>\d{4}|\d{2})年(?P<month>\d{1,2})月"),
    (
        r"(?<!\d)(?P<year>20\d\d)(?P<mark>[-_.])(?P<month>1[0-2]|0?[1-9])(?!\d)",
        r"(?P<year>\d{4})MARK(?P<month>\d{1,2})",
    ),
    (r"(?<!\d)(?P<year>20\d\d)(?P<month>1[0-2]|0[1-9])(?!\d)", r"(?P<year>\d{4})(?P<month>\d{2})"),
)
_NAMELESS: Final = re.compile(r"(?:sheet|tabelle|feuil|工作表|表)[ _]?\d*", re.IGNORECASE)
_DOT: Final = r"\."
_VERSION: Final = re.compile(r"[_ -]?[vV]\d+$")
_ANY_VERSION: Final = r"(?:[_ -]?[vV](?P<version>\d+))?"


class FilePattern(Struct, frozen=True):
    """The pattern proposed for a domain's file names, and the month that this file's name says (None: none)."""

    pattern: str
    year: int | None = None
    month: int | None = None

    @property
    def has_month(self) -> bool:
        """Whether the names say their month."""
        return self.month is not None

    def ending_with(self, ending: str) -> str:
        """Write the pattern for names that end with ``.csv``, say, and no others: a run looks for .xlsx by itself."""
        rest = re.escape(ending)
        return f"{self.pattern}{rest.removeprefix(_DOT) if self.pattern.endswith(_DOT) else f'.*{rest}'}$"


def deduce_pattern(stem: str) -> FilePattern:
    """Deduce the pattern of file names from one of them, without its ending.

    The month becomes the groups year and month, a version at the end the group version, other digits any digits.
    """
    base = _VERSION.sub("", stem)
    tail = "" if base == stem else _ANY_VERSION
    month = _find_month(base)
    if month is None:
        return FilePattern(_loosen(base) + tail)
    found, group = month
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    own = group.replace("MARK", re.escape(found.groupdict().get("mark", "")))
    before, after = base[: found.start()], base[found.end() :]
    pattern = _loosen(before) + own + _loosen(after) + tail
    if not _has_letter(before + after):
        pattern = f"^{pattern}{_DOT}"  # nothing but a month: any name with digits in it would match
    return FilePattern(pattern, year, int(found["month"]))


def name_table(sheet: str, stem: str, *, taken: Collection[str]) -> str:
    """Name the fact table after its sheet; where that has no name of its own, after the file without its month.

    ``sheet`` is empty where the names of sheets say something of their rows.
    """
    base = _VERSION.sub("", stem)
    month = _find_month(base)
    rest = base if month is None else base[: month[0].start()] + base[month[0].end() :]
    name = re.sub(r"20\d\d年?$", "", rest).strip("-_. ") if not sheet or _NAMELESS.fullmatch(sheet) else sheet
    return (database_name(name, taken) if _has_letter(name) else None) or database_name(sheet, taken) or "facts"


def _find_month(base: str) -> tuple[re.Match[str], str] | None:
    searches = ((re.search(expression, base), group) for expression, group in _MONTHS)
    return next(((found, group) for found, group in searches if found is not None), None)


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _loosen(text: str) -> str:
    return r"\d+".join(re.escape(part).replace(r"\ ", " ") for part in re.split(r"\d+", text))


def database_name(name: str, taken: Collection[str]) -> str | None:
    """Make a name that PostgreSQL takes whole and that is not yet ``taken``; None where none can be made of it."""
    short = name.encode("utf-8", "surrogatepass")[:MAX_BYTES].decode("utf-8", "ignore")
    number = 1
    found = short
    while found in taken:
        number += 1
        tail = f"_{number}"
        found = short.encode()[: MAX_BYTES - len(tail)].decode("utf-8", "ignore") + tail
    try:
        quote_ident(found)
    except ValueError:
        return None
    return found


def plain_name(name: str, *, instead: str) -> str:
    """Make a name without blanks and commas, as refs are called; ``instead`` where nothing is left of it."""
    plain = re.sub(r"[\s,]+", "_", name).strip("_-")
    return plain if plain not in ("", "all", "none") else instead
