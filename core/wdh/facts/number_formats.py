"""The language of number formats, as far as both readers and columns need it: sections, tokens, dates.

Source: ECMA-376 part 1, 18.8.31 (numFmts), and what Excel does beyond it: ``!`` escapes as ``\\`` does, ``e`` is a
year, ``aaa`` a weekday.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

Sort = Literal["number", "date", "duration"]

MOST_SECTIONS: Final = 4
LOOK: Final = re.compile(
    r"\[(?:\$-[^\]]*|black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d+|[黑蓝青绿红白黄]色?)\]", re.IGNORECASE
)
"""Brackets that change a number's colour, or the language of dates, and nothing else."""
_ATOM: Final = re.compile(r'"[^"]*"|[\\!].|[_*].|\[[^\]]*\]|[^"\\!_*\[]', re.DOTALL)
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_CONDITION: Final = re.compile(r"\[ *(?P<sign><=|>=|<>|[<>=]) *(?P<limit>[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?) *\]")
GENERAL: Final = re.compile("general|g/通用格式", re.IGNORECASE)
SCIENTIFIC: Final = re.compile("e[-+]", re.IGNORECASE)
_HALF_DAY: Final = re.compile("am/pm|a/p|上午/下午|午前/午後|오전/오후", re.IGNORECASE)
_DATE: Final = re.compile("[ymdhsegb]|aaa", re.IGNORECASE)
DIGIT: Final = re.compile("[0#?]")
_COMMON: Final = re.compile(r"(?:[^A-Za-z]|E[-+])*|general|g/通用格式", re.IGNORECASE)
_COMMON_DATE: Final = re.compile(r"(?:[ymdhs]|AM/PM|[^A-Za-z])+", re.IGNORECASE)
_COMMON_DURATION: Final = re.compile(r"\[(?:hh?|mm?|ss?)\](?::mm)?(?::ss)?(?:\.0+)?(?:;@)?")
_COMMON_BRACKET: Final = re.compile(
    r"\[(?:\$[^\]]*|black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|dbnum\d|[<>=][^\]A-Za-z]*)\]",
    re.IGNORECASE,
)
_HARD_ESCAPE: Final = re.compile(r"""[!*][A-Za-z\[\]"\\_*!]""")


@lru_cache(maxsize=1024)
def split_sections(number_format: str) -> tuple[tuple[str, ...], ...] | None:
    """Split a format into its sections, and each of them into atoms: a character, or a quoted or escaped text …

    None: it is not well formed.
    """
    sections: list[list[str]] = [[]]
    place = 0
    while place < len(number_format):
        atom = _ATOM.match(number_format, place)
        if atom is None:
            return None
        place = atom.end()
        if atom[0] == ";":
            sections.append([])
        else:
            sections[-1].append(atom[0])
    return tuple(map(tuple, sections)) if len(sections) <= MOST_SECTIONS else None


def choose_section(number_format: str, number: Decimal) -> tuple[str, bool] | None:
    """Choose the section that shows a number, without its condition, and say whether a minus sign is put before it.

    None: it is not certain. One with a condition shows a negative number with or without a sign.
    """
    sections = split_sections(number_format)
    if sections is None:
        return None
    numeric = ["".join(atoms) for atoms in sections[: MOST_SECTIONS - 1]]
    conditions = [_CONDITION.search(section) for section in numeric]
    if any(conditions):
        *asked, last = conditions
        if number < 0 or not asked or None in asked or last is not None:
            return None
        met = (place for place, condition in enumerate(asked) if condition is not None and _is_met(condition, number))
        return _CONDITION.sub("", numeric[next(met, len(asked))]), False
    if number < 0 and len(numeric) > 1:
        return numeric[1], False
    return (numeric[2], False) if number == 0 and len(numeric) > 2 else (numeric[0], number < 0)


def _is_met(condition: re.Match[str], number: Decimal) -> bool:
    limit, sign = Decimal(condition["limit"]), condition["sign"]
    if sign == "<>":
        return number != limit
    return (number < limit and "<" in sign) or (number > limit and ">" in sign) or (number == limit and "=" in sign)


def text_section(number_format: str) -> tuple[str, ...] | None:
    """Give the atoms of the section that shows a text, without colours and blanks. None: it is shown as it is."""
    sections = split_sections(number_format)
    # A last section with an @ shows texts, whichever it is.
    if not sections or (len(sections) < MOST_SECTIONS and "@" not in sections[-1]):
        return None
    atoms = tuple(
        atom for atom in sections[-1] if atom[0] != "_" and atom not in ("* ", " ") and not LOOK.fullmatch(atom)
    )
    return None if atoms == ("@",) else atoms


def literal_of(atom: str) -> str:
    """Give the text that a quoted or escaped atom shows, or the sign of a currency; any other shows itself."""
    if atom[0] == '"':
        return atom[1:-1]
    if atom[0] in "\\!":
        return atom[1:]
    return atom[2:-1].partition("-")[0] if atom.startswith("[$") else atom


def sort_of(number_format: str) -> Sort:
    """Say what a format makes of a number: the first of its sections that shows one decides."""
    for atoms in split_sections(number_format) or ():
        if any(map(_ELAPSED.fullmatch, atoms)):
            return "duration"
        bare = _bare(atoms)
        if _HALF_DAY.search(bare) or _DATE.search(SCIENTIFIC.sub("", GENERAL.sub("", bare))):
            return "date"
        if DIGIT.search(bare) or GENERAL.search(bare):
            return "number"
    return "number"


def is_common(number_format: str) -> bool:
    """Say whether a format is so usual that every library sorts it as :func:`sort_of` does."""
    sections = split_sections(number_format)
    if sections is None or any(map(_HARD_ESCAPE.fullmatch, sections[0])):
        return False
    if sort_of(number_format) == "duration":
        return _COMMON_DURATION.fullmatch(number_format) is not None
    if any(atom[0] == "[" and not _COMMON_BRACKET.fullmatch(atom) for atom in sections[0]):
        return False
    bare, *others = map(_bare, sections)
    if sort_of(number_format) == "date":
        return _COMMON_DATE.fullmatch(bare) is not None and _DATE.search(_HALF_DAY.sub("", bare)) is not None
    shows = DIGIT.search(bare) or GENERAL.search(bare)
    return all(_COMMON.fullmatch(part) for part in ((bare,) if shows else (bare, *others)))


def _bare(atoms: tuple[str, ...]) -> str:
    """Give what is neither quoted, escaped, padding nor in brackets."""
    return "".join(atom for atom in atoms if len(atom) == 1)
