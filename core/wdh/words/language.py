"""The language of all that people read: English as the code has it, or another one from its catalogue.

A sentence goes through :func:`say` at the moment when it is made; its English text with ``{names}`` in braces is its
key in the catalogue, and neither values nor codes depend on the language. What programs read (JSON, log events, the
ledger) is English always: a sentence in another language knows its English, and :func:`in_english` gives it.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

More = ParamSpec("More")

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "zh")
CATALOGUES: Final = Path(__file__).parent / "catalogues"
DOMAIN: Final = "wdh"
"""The name that gettext has for all catalogues of wdh."""

_POSIX: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken: tuple[str, gettext.NullTranslations] = (ENGLISH, gettext.NullTranslations())


class Said(str):
    """A sentence in another language than English, which knows its English. Both are kept by ``+``, but by no f-string
    and by no ``join``: :func:`say` puts sentences together, and :func:`join`.
    """

    __slots__ = ("english",)
    english: str

    def __new__(cls, text: str, english: str) -> Said:
        """Take both."""
        said = super().__new__(cls, text)
        said.english = english
        return said

    def __str__(self) -> str:
        """Stay what it is, so that an error gives it as it was given."""
        return self

    def __reduce__(self) -> tuple[type[Said], tuple[str, str]]:
        """Let another process have both."""
        return Said, (str.__str__(self), self.english)

    def __add__(self, other: str) -> Said:
        """Put a text behind it."""
        return Said(str.__str__(self) + other, self.english + in_english(other))

    def __radd__(self, other: str) -> Said:
        """Put a text before it."""
        return Said(other + str.__str__(self), in_english(other) + self.english)


def speak(language: str) -> None:
    """Say everything from now on, in the whole process, in one of LANGUAGES. Raises ValueError for another one."""
    global _spoken
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    if language == ENGLISH:
        _spoken = (ENGLISH, gettext.NullTranslations())
    elif language != spoken():
        _spoken = (language, catalogue(language))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak one of LANGUAGES for the time of the block."""
    before = spoken()
    speak(language)
    try:
        yield
    finally:
        speak(before)


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
    if _spoken[0] == ENGLISH or not text:
        return text.format_map(values) if values else text
    return _put(_spoken[1].gettext(text), text, values)


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """Give a sentence about ``{count}`` things, in its form for that many."""
    values = {"count": f"{count:,}", **values}
    english = one if count == 1 else many
    if _spoken[0] == ENGLISH:
        return english.format_map(values)
    return _put(_spoken[1].ngettext(one, many, count), english, values)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Give the catalogue of one of LANGUAGES, for what is written in several of them at once."""
    return gettext.NullTranslations() if language == ENGLISH else gettext.translation(DOMAIN, CATALOGUES, [language])


def bilingual(english: str, chinese: str, /, **values: object) -> str:
    """Give a sentence of a package, which says it in both languages, in the one that is spoken.

    ``values`` take the place of their ``{names}``. Programs (JSON, logs, the ledger) get the English of it.
    """
    if _spoken[0] == ENGLISH:
        return english.format_map(values) if values else english
    return _put(chinese, english, values)


def later(text: str) -> str:
    """Mark a text that is said later, by ``say(name_of_the_constant)``, such as a sentence in a table."""
    return text


def join(separator: str, texts: Iterable[str]) -> str:
    """Join texts, among which there may be sentences that were said. Only English has blanks between sentences."""
    listed = list(texts)
    if _spoken[0] == ENGLISH:
        return separator.join(listed)
    said = "" if separator == " " else separator
    return Said(said.join(listed), in_english(separator).join(map(in_english, listed)))


def in_english(value: Any) -> Any:
    """Give what was said as its English: a text, or all texts in the values of a document."""
    if isinstance(value, Said):
        return value.english
    if isinstance(value, str) or _spoken[0] == ENGLISH:
        return value
    if isinstance(value, Mapping):
        return {in_english(name): in_english(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [in_english(each) for each in value]
    return value


def of_both(change: Callable[Concatenate[str, More], str]) -> Callable[Concatenate[str, More], str]:
    """Let a function that changes a text change a sentence's English, too."""

    @wraps(change)
    def change_both(text: str, /, *more: More.args, **others: More.kwargs) -> str:
        changed = change(text, *more, **others)
        if not isinstance(text, Said):
            return changed
        return Said(str.__str__(changed), in_english(change(text.english, *more, **others)))

    return change_both


def _put(said: str, english: str, values: Mapping[str, object]) -> Said:
    if not values:
        return Said(said, english)
    plain = {name: _plain(value) for name, value in values.items()}
    return Said(said.format_map(values), english.format_map(plain))


def _plain(value: object) -> object:
    """Give what stands for a value in English, such as an error whose text was said, or a place that says itself."""
    shown = str(value)
    return shown.english if isinstance(shown, Said) else value
