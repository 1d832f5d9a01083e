"""The near match of a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_match(word: str, known: Iterable[str], *, least: float = 0.6) -> str | None:
    """Find the known name that was probably meant, case aside; None where none is near.

    ``least`` is the similarity asked for, from 0 (anything) to 1 (the same but for case).
    """
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=least)
    return folded[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Write ``; did you mean 'X'?`` to follow a sentence, or nothing where no known name is near."""
    near = near_match(word, known, least=0.5)  # of a name of two characters one is half
    return f"; did you mean {near!r}?" if near else ""
