"""Parts of sentences: a text cut to a length, the first line of an error."""

from __future__ import annotations


def clip(text: str, most: int) -> str:
    """Cut a text to ``most`` characters, the last of them ``…`` where some are left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def first_line(error: BaseException) -> str:
    """Give the first line of what an error says; of an error without words, its type."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
