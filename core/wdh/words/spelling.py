"""The near match of a misspelt name, or of a renamed header."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from wdh.facts.cells import normalise_header

_LEAST_ALIKE = 0.5  # one of two characters: many headers are that short
_REMARK = re.compile(
    r"[(\[{【<《〔「][^()]*[)\]}】>》〕」]|[:,/、](?:单位)?:?(?:[百千万亿]*元|%|rmb|cny|usd)$", re.IGNORECASE
)
_MARKS = re.compile(r"[*★#※•·_.!?。-]+")


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


def near_header(name: str, known: Iterable[str]) -> str | None:
    """Find the header that a name may mean: one that says the same, or else one spelled alike; None: none is near."""
    stems: dict[str, str] = {}
    for header in known:
        stems.setdefault(fold_header(header), header)
    stem = fold_header(name)
    return stems[stem] if stem in stems else _nearest(stem, stems)


def fold_header(name: str) -> str:
    """Leave of a header what it says: without case, width, blanks, marks such as ``*``, and a unit or remark.

    ``金额(元)``, ``*金额`` and ``金额：万元`` all say ``金额``.
    """
    text = normalise_header(unicodedata.normalize("NFKC", name)).casefold()
    return _MARKS.sub("", _REMARK.sub("", text)) or text


def _nearest(stem: str, stems: dict[str, str]) -> str | None:
    near = difflib.get_close_matches(stem, stems, n=1, cutoff=_LEAST_ALIKE)
    return stems[near[0]] if near else None
