"""Notes for the operator about facts that were completed or corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wdh import Note, bilingual

BLANK_CASE: Final = "(空白)"


@dataclass(frozen=True, slots=True)
class Remark:
    """A note in the making: its sentence in English and Chinese, and in ``cases`` the case of each row by its index."""

    code: str
    sentence: tuple[str, str]
    cases: Mapping[int, str]


def make_notes(remarks: Iterable[Remark], *, kept: Sequence[int]) -> tuple[Note, ...]:
    """Count the cases of each remark among the rows that ``kept`` marks as facts; a remark without any is no note."""
    counted = (
        (remark, Counter(case for index, case in remark.cases.items() if kept[index]))
        for remark in remarks
        if remark.cases
    )
    return tuple(Note(remark.code, bilingual(*remark.sentence), dict(cases)) for remark, cases in counted if cases)
