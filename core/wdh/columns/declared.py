"""Columns declared as data: the column vocabulary in the form of data_sources.yml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from wdh.columns.layout import Columns
from wdh.columns.vocabulary import Column, amount, boolean, choice, code, date, datetime, integer, month, percent, text
from wdh.words.total_words import TOTAL_WORDS

KINDS: Final[Mapping[str, Callable[..., Column]]] = {
    "text": text,
    "code": code,
    "month": month,
    "date": date,
    "datetime": datetime,
    "amount": amount,
    "percent": percent,
    "integer": integer,
    "choice": choice,
    "boolean": boolean,
}
"""The words of the vocabulary by the kinds of the contract ``columns``, whose other keys are their arguments."""


def declare_columns(
    entries: Mapping[str, Any],
    *,
    totals: Sequence[str] = TOTAL_WORDS,
    label: str | None = None,
    key: Iterable[str] | None = None,
) -> Columns:
    """Make the columns of a ``columns`` block that its contract has passed. Raises ValueError as its words do.

    ``totals``, ``label`` and ``key`` are those of :class:`Columns`.
    """
    columns = (declare_column(name, entry) for name, entry in entries.items())
    return Columns(*columns, totals=totals, label=label, key=key)


def declare_column(name: str, entry: str | Mapping[str, Any]) -> Column:
    """Make one column of its entry: a kind, or a mapping with one, and the arguments of its word.

    ``range`` is the pair (low, high) of which either may be None. Raises ValueError where no cell could ever do, or
    where two arguments contradict each other.
    """
    chosen = {"kind": entry} if isinstance(entry, str) else dict(entry)
    make = KINDS[chosen.pop("kind")]
    chosen.pop("provisional", None)  # says how facts are replaced, and nothing of how a cell is read
    bounds = zip(("low", "high"), chosen.pop("range", ()), strict=False)
    return make(name, **chosen, **{bound: value for bound, value in bounds if value is not None})
