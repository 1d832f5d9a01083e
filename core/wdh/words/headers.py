"""The headers of columns: the form by which they are matched, and the near match of a renamed one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from wdh.words.blanks import BLANKS, INVISIBLE, is_blank
from wdh.words.spelling import near_match

_LEAST_ALIKE = 0.5  # one of two characters: many headers are that short
_REMARK = re.compile(
    r"[(\[{【<《〔「][^()]*[)\]}】>》〕」]|[:,/、](?:单位)?:?(?:[百千万亿]*元|%|rmb|cny|usd)$", re.IGNORECASE
)
_MARKS = re.compile(r"[*★#※•·_.!?。-]+")
_IGNORED = re.compile(f"[{BLANKS}{INVISIBLE}]+")
_REPEATED = re.compile(r"(?P<header>.+)#[0-9]+", re.DOTALL)
_BRACKETS = str.maketrans("（）［］｛｝", "()[]{}")


def normalise_header(text: str) -> str:
    """Bring a header to the form it is matched by.

    Full-width brackets become half-width ones; blanks, tabs, line breaks and zero-width characters are removed,
    inside too. Nothing else changes: ``流失（含 待遇支付）`` is ``流失(含待遇支付)``; a blank header is empty.
    """
    name = _IGNORED.sub("", text.translate(_BRACKETS))
    return "" if is_blank(name) else name


def first_of(name: str) -> str | None:
    """Give the header that a column named ``X#2`` repeats; None for a name of another form."""
    found = _REPEATED.fullmatch(name)
    return None if found is None else found["header"]


def near_header(name: str, known: Iterable[str]) -> str | None:
    """Find the header that a name may mean: one that says the same, or else one spelled alike; None: none is near."""
    return near_match(name, known, least=_LEAST_ALIKE, fold=fold_header)


def fold_header(name: str) -> str:
    """Leave of a header what it says: without case, width, blanks, marks such as ``*``, and a unit or remark.

    ``金额(元)``, ``*金额`` and ``金额：万元`` all say ``金额``.
    """
    text = normalise_header(unicodedata.normalize("NFKC", name)).casefold()
    return _MARKS.sub("", _REMARK.sub("", text)) or text
