"""The language of all that people read: English as the code has it, or another one from its catalogue.

A sentence goes through :func:`say` at the moment when it is made; its English text with ``{names}`` in braces is its
key in the catalogue, and neither values nor codes depend on the language. What programs read (JSON, log events) is
English always.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "zh")

_POSIX: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken: tuple[str, gettext.NullTranslations] = (ENGLISH, gettext.NullTranslations())


def speak(language: str) -> None:
    """Say everything from now on, in the whole process, in one of LANGUAGES. Raises ValueError for another one."""
    global _spoken
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    if language == ENGLISH:
        _spoken = (ENGLISH, gettext.NullTranslations())
    elif language != spoken():
        _spoken = (language, catalogue(language))


def spoken() -> str:
    """Name the language that is spoken, one of LANGUAGES."""
    return _spoken[0]


def choose_language(environment: Mapping[str, str]) -> str:
    """Give the language that the variables of an environment ask for: ``WDH_LANG`` before those of POSIX, of which the
    first that is set counts. A locale of any other language gives English.
    """
    named = environment.get("WDH_LANG") or next(filter(None, map(environment.get, _POSIX)), "")
    language = named.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else ENGLISH


def say(text: str, /, **values: object) -> str:
    """Give a sentence in the language that is spoken, with ``values`` in the place of their ``{names}``.

    Without values the text is taken as it stands, braces too. Texts are literals: they are collected from the code.
    """
    said = _spoken[1].gettext(text) if text else text
    return said.format_map(values) if values else said


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """Give a sentence about ``{count}`` things, in its form for that many."""
    return _spoken[1].ngettext(one, many, count).format_map({"count": f"{count:,}", **values})


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Give the catalogue of one of LANGUAGES, for what is written in several of them at once."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    with (Path(__file__).parent / "catalogues" / f"{language}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def later(text: str) -> str:
    """Mark a text that is said later, by ``say(name_of_the_constant)``, such as a sentence in a table."""
    return text
