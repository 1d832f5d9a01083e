"""The near match of a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from wdh.words.language import say


def near_match(
    word: str, known: Iterable[str], *, least: float = 0.6, fold: Callable[[str], str] = str.casefold
) -> str | None:
    """Find the known name that was probably meant; None where none is near.

    Names are compared as ``fold`` leaves them. Of names that are equal then, the first counts; after equal names come
    those with the same letters in another order, then those that are alike. ``least`` is the similarity asked for,
    from 0 (anything) to 1 (the same).
    """
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(fold(name), name)
    wanted = fold(word)
    if wanted in folded:
        return folded[wanted]
    letters = sorted(wanted)
    swapped = next((name for form, name in folded.items() if sorted(form) == letters), None)
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=least)
    return swapped or (folded[near[0]] if near else None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Write ``; did you mean 'X'?`` to follow a sentence, or nothing where no known name is near."""
    near = near_match(word, known, least=0.5)  # of a name of two characters one is half
    return say("; did you mean {near!r}?", near=near) if near else ""
