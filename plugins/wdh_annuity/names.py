"""Customer names: which texts are none, how a name is cleaned, and what the plan's name says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from wdh import squeeze
from wdh_annuity.settings import NameRules

NO_CODES: Final = frozenset(("NULL", "空白", "(空白)", "无", "N/A", "-", "--", "—", "——"))
"""Texts that stand for a blank, compared in capitals and compatibility form."""

NO_NAMES: Final = NO_CODES | {"0"}

_HALF_WIDTH: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_BRACKETS: Final = str.maketrans("()", "（）")
_DASH: Final = "[-‐‑‒–—―]+"
_GROUP: Final = "（[^（）]*）"
_NEVER: Final = re.compile(r"(?!)")
_REMEMBERED: Final = 65_536

Clean = Callable[[str], str]


@lru_cache(maxsize=_REMEMBERED)
def is_nothing(text: str, words: frozenset[str]) -> bool:
    """Say whether a text is one of ``words``, which stand for a blank."""
    return squeeze(text).upper() in words


def make_cleaning(rules: NameRules) -> Clean:
    """Make the function that cleans a customer name. It gives a clean name back as it is, and never an empty one.

    Width first, then what is removed anywhere, then both ends until nothing changes: a bracket group or a status word
    at the start; an ending, a status word, or a bracket group that names no legal form at the end.
    """
    if not rules.is_cleaned:
        return str
    anywhere = _any_of(rules.removed)
    start = re.compile(rf"(?:{_GROUP}|{_words(rules.status_words)}{_DASH})+")
    status = rf"{_DASH}{_words(rules.status_words)}\Z"
    end = re.compile(rf"(?:{_words(rules.endings)}|{_DASH}[0-9]+|{_DASH}[A-Za-z]+)\Z|{status}")
    group = re.compile(rf"{_GROUP}\Z")

    def clean(name: str) -> str:
        plain = "".join(name.translate(_HALF_WIDTH).translate(_BRACKETS).split())
        bare = anywhere.sub("", plain)
        before = ""
        while bare != before:
            before = bare
            bare = _cut_end(_cut(start.match, bare), end=end, group=group, kept=rules.kept_brackets)
        return bare or plain

    return lru_cache(maxsize=_REMEMBERED)(clean)


def name_from_plan(plan_name: str | None, ending: str | None) -> str | None:
    """Give what stands before ``ending`` in the name of a plan; None where nothing does."""
    if plan_name is None or ending is None or not plan_name.endswith(ending):
        return None
    return plan_name[: -len(ending)].strip() or None


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    written = _words(texts)
    return re.compile(written) if written != _NEVER.pattern else _NEVER


def _words(texts: Iterable[str]) -> str:
    """Write an expression of some texts, spelt as cleaned names are and with any dash; the longest is tried first."""
    spelt = {"".join(text.translate(_HALF_WIDTH).translate(_BRACKETS).split()) for text in texts} - {""}
    written = (re.escape(text).replace(r"\-", _DASH) for text in sorted(spelt, key=len, reverse=True))
    return f"(?:{'|'.join(written)})" if spelt else _NEVER.pattern


def _cut(find: Callable[[str], re.Match[str] | None], name: str) -> str:
    """Cut off what is found, unless nothing would remain."""
    found = find(name)
    return name if found is None else (name[: found.start()] + name[found.end() :]) or name


def _cut_end(name: str, *, end: re.Pattern[str], group: re.Pattern[str], kept: tuple[str, ...]) -> str:
    found = group.search(name)
    if found is not None and not any(word in found[0] for word in kept):
        return _cut(group.search, name)
    return _cut(end.search, name)
