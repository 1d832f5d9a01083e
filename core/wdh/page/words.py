"""Texts in every language at once: the reader of a page chooses, and not the one who made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from wdh.words.language import catalogue


class Both(Struct, frozen=True):
    """A text in English and in Chinese."""

    en: str
    zh: str


Text: TypeAlias = "str | Both"
"""A text that is the same in all languages (a name, a value, a sentence of the run), or one in each of them."""


def both(text: str, /, **values: Text | int) -> Both:
    """Give a sentence in both languages, with ``values`` in the place of their ``{names}``. Texts are literals."""
    return _fill(lambda language: catalogue(language).gettext(text), values)


def both_count(one: str, many: str, count: int, /, **values: Text | int) -> Both:
    """Give a sentence about ``{count}`` things in both languages."""
    return _fill(lambda language: catalogue(language).ngettext(one, many, count), {"count": count, **values})


def join(parts: Sequence[Text], en: str, zh: str) -> Text:
    """Join texts, with a separator for each language."""
    return Both(en.join(pick(part, "en") for part in parts), zh.join(pick(part, "zh") for part in parts))


def write_seconds(seconds: float) -> Both:
    """Write a time with its unit."""
    written = f"{seconds:,.1f}"
    return both("{seconds} s", seconds=written)


def pick(text: Text | int, language: str) -> str:
    """Give a text in one language; a number with its thousands apart."""
    if isinstance(text, Both):
        return text.zh if language == "zh" else text.en
    return f"{text:,}" if isinstance(text, int) else text


def _fill(say: Callable[[str], str], values: dict[str, Text | int]) -> Both:
    filled = (
        say(language).format_map({name: pick(value, language) for name, value in values.items()})
        for language in ("en", "zh")
    )
    return Both(*filled)
