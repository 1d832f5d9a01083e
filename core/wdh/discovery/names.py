"""Reads file names: whether a file belongs to the domain, its month and its version."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct

from wdh.discovery.findings import Reason, show_month
from wdh.errors import SetupError
from wdh.words.expressions import Expression, TooSlow, compile_expression
from wdh.words.language import later, say

_CENTURY = 2000
_YEARS = range(1900, 10000)
_MONTHS = range(1, 13)
_NOT_A_NUMBER = -1
_VERSION_FOLDERS = "discovery.version_folders"
_MONTH_FOLDERS = "discovery.month_folders"


class Name(Struct, frozen=True):
    """A name that matches. ``year``, ``month``: None where the pattern has no such group; ``version`` is 0 then."""

    year: int | None = None
    month: int | None = None
    version: int = 0


class Miss(Struct, frozen=True):
    """A name that does not match, and the news of why."""

    reason: Reason
    sentence: str


class NamePattern(Struct, frozen=True):
    """An expression, and the key of the configuration that gives it."""

    setting: str
    expression: Expression

    def search(self, name: str) -> Mapping[str, str | None] | None:
        """Search in a name. Raises SetupError where that takes too long."""
        try:
            return self.expression.search(name)
        except TooSlow as error:
            raise self._too_slow(error) from error

    def fullmatch(self, name: str) -> Mapping[str, str | None] | None:
        """Match a whole name. Raises SetupError where that takes too long."""
        try:
            return self.expression.fullmatch(name)
        except TooSlow as error:
            raise self._too_slow(error) from error

    def _too_slow(self, error: TooSlow) -> SetupError:
        return SetupError(
            say(
                "{setting} {text!r} {error}; write it without repeats inside of repeats",
                setting=self.setting,
                text=self.expression.text,
                error=error,
            ),
            setting=self.setting,
            pattern=self.expression.text,
        )


def compile_file_pattern(pattern: str, *, domain: str) -> NamePattern:
    """Compile a domain's ``pattern``. Raises SetupError where it is no regular expression."""
    return _compile(pattern, setting=f"domains.{domain}.pattern")


def compile_path_pattern(pattern: str, *, domain: str) -> NamePattern:
    """Compile a domain's ``path_pattern``. Raises SetupError where it is no regular expression."""
    return _compile(pattern, setting=f"domains.{domain}.path_pattern")


def compile_month_folders(pattern: str) -> NamePattern:
    """Compile ``discovery.month_folders``. Raises SetupError without the groups named year and month."""
    compiled = _compile(pattern, setting=_MONTH_FOLDERS)
    for group in ("year", "month"):
        if group not in compiled.expression.groups:
            raise SetupError(
                say(
                    "{setting} {pattern!r} has no group (?P<{group}>…); write one around the {group}",
                    setting=_MONTH_FOLDERS,
                    pattern=pattern,
                    group=group,
                ),
                setting=_MONTH_FOLDERS,
                pattern=pattern,
            )
    return compiled


def compile_version_folders(pattern: str) -> NamePattern:
    """Compile ``discovery.version_folders``, case ignored. Raises SetupError without a group named version."""
    compiled = _compile(pattern, setting=_VERSION_FOLDERS, ignores_case=True)
    if "version" not in compiled.expression.groups:
        raise SetupError(
            say(
                "{setting} {pattern!r} has no group (?P<version>…); write one around the number",
                setting=_VERSION_FOLDERS,
                pattern=pattern,
            ),
            setting=_VERSION_FOLDERS,
            pattern=pattern,
        )
    return compiled


_NO_MATCH: Final = later("its name does not match the pattern {pattern!r}")
_NO_MATCH_OF_PATH: Final = later("its path does not match the pattern {pattern!r}")
_NO_YEAR: Final = later("{year!r} in its name is not a year of 2 or 4 digits")
_NO_YEAR_IN_PATH: Final = later("{year!r} in its path is not a year of 2 or 4 digits")
_NO_MONTH: Final = later("{month!r} in its name is not a month from 1 to 12")
_NO_MONTH_IN_PATH: Final = later("{month!r} in its path is not a month from 1 to 12")
_NO_VERSION: Final = later("{version!r} in its name is not a version number")
_NO_VERSION_IN_PATH: Final = later("{version!r} in its path is not a version number")


def read_name(name: str, pattern: NamePattern, *, what: Literal["name", "path"] = "name") -> Name | Miss:
    """Search ``pattern`` in a file name and read its groups year (2 or 4 digits), month (1 to 12) and version.

    ``what`` says what ``name`` is: the name or the path. One stored with separate accents, as some file systems do,
    reads like the composed one.
    """
    is_path = what == "path"
    found = pattern.search(unicodedata.normalize("NFC", name))
    if found is None:
        sentence = _NO_MATCH_OF_PATH if is_path else _NO_MATCH
        return Miss("pattern", say(sentence, pattern=pattern.expression.text))
    groups = {group: text for group, text in found.items() if text is not None}
    year, month, version = _year(groups.get("year")), _number(groups.get("month")), _number(groups.get("version"))
    if year is not None and year not in _YEARS:
        return Miss("month", say(_NO_YEAR_IN_PATH if is_path else _NO_YEAR, year=groups["year"]))
    if month is not None and month not in _MONTHS:
        return Miss("month", say(_NO_MONTH_IN_PATH if is_path else _NO_MONTH, month=groups["month"]))
    if version == _NOT_A_NUMBER:
        return Miss("pattern", say(_NO_VERSION_IN_PATH if is_path else _NO_VERSION, version=groups["version"]))
    return Name(year, month, version or 0)


def join_names(one: Name, other: Name) -> Name | Miss:
    """Put together what the name of a file and its path, or its folders, say. What they contradict is a Miss."""
    for own, said in ((one.year, other.year), (one.month, other.month), (one.version or None, other.version or None)):
        if own is not None and said is not None and own != said:
            told = show_month((one.year or 0, one.month or 0)) + _told_version(one)
            sides = show_month((other.year or 0, other.month or 0)) + _told_version(other)
            return Miss("month", say("its name says {told}, and its folder {sides}", told=told, sides=sides))
    return Name(one.year or other.year, one.month or other.month, one.version or other.version)


def _told_version(name: Name) -> str:
    return f", V{name.version}" if name.version else ""


def read_month(folders: Iterable[str], pattern: NamePattern) -> Name:
    """Give the month of the nearest of ``folders`` (outermost first) that is named after one; else none."""
    for folder in reversed(tuple(folders)):
        found = pattern.fullmatch(unicodedata.normalize("NFKC", folder))
        if found is not None:
            year, month = _year(found["year"]), _number(found["month"])
            if year in _YEARS and month in _MONTHS:
                return Name(year, month)
    return Name()


def read_version(folders: Iterable[str], pattern: NamePattern) -> int:
    """Give the version of a file in ``folders`` (outermost first): the nearest version folder's, 0 without one.

    Raises SetupError where the configured group ``version`` caught something that is not a number.
    """
    for folder in reversed(tuple(folders)):
        found = pattern.fullmatch(unicodedata.normalize("NFKC", folder))
        if found is None:
            continue
        version = _number(found["version"])
        if version is None or version == _NOT_A_NUMBER:
            raise SetupError(
                say(
                    "{setting} {text!r} reads {version!r} as the version of the folder {folder!r}, which "
                    "is not a number; let its group version match digits only",
                    setting=_VERSION_FOLDERS,
                    text=pattern.expression.text,
                    version=found["version"],
                    folder=folder,
                ),
                setting=_VERSION_FOLDERS,
                folder=folder,
            )
        return version
    return 0


def _number(text: str | None) -> int | None:
    # isdecimal, not isdigit: int() reads full-width digits, but not a circled ② or a superscript.
    if text is None:
        return None
    return int(text) if text.isdecimal() else _NOT_A_NUMBER


def _year(text: str | None) -> int | None:
    year = _number(text)
    if text is None or year is None or len(text) == 4:
        return year
    return _CENTURY + year if len(text) == 2 and year >= 0 else _NOT_A_NUMBER


def _compile(pattern: str, *, setting: str, ignores_case: bool = False) -> NamePattern:
    try:
        return NamePattern(setting, compile_expression(pattern, ignores_case=ignores_case))
    except ValueError as error:
        raise SetupError(
            say(
                "{setting} {pattern!r} {error}; mend it in the configuration",
                setting=setting,
                pattern=pattern,
                error=error,
            ),
            setting=setting,
            pattern=pattern,
        ) from error
