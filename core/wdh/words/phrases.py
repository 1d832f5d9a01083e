"""Parts of sentences: a text cut to a length, the first line of an error."""

from __future__ import annotations

from wdh.words.language import of_both


@of_both
def clip(text: str, most: int) -> str:
    """Cut a text to ``most`` characters, the last of them ``…`` where some are left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def first_line(error: BaseException) -> str:
    """Give the first line of what an error says; of an error without words, its type."""
    return _first(str(error)) or type(error).__name__


@of_both
def _first(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")
