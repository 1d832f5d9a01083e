"""Why a check over a whole sheet refuses a fact: stable codes for programs, and the sentence of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from wdh.words.language import later, say


class CheckReason(Enum):
    """The codes of rejects that the checks of a configuration make. A code never changes its meaning."""

    NOT_UNIQUE = "not_unique"
    """`checks.unique`: another fact of the run has the same values."""
    NOT_INCREASING = "not_increasing"
    """`checks.increasing`: the value is less than that of the row before, or equal where that is refused too."""
    RUNNING_DIFFERS = "running_differs"
    """`checks.running`: the balance does not follow from that of the row before and the amounts of this one."""
    SUM_DIFFERS = "sum_differs"
    """`checks.sum_equals`: the value is not the sum of the others in its row."""
    SHEET_SUM_DIFFERS = "sheet_sum_differs"
    """`checks.sum_equals` over the sheet: two sums differ. It is told at the last row, and no limit lets it pass."""
    NOT_BETWEEN = "not_between"
    """`checks.between`: the value is less than the least that is allowed, or greater than the greatest."""


SENTENCES: Final[Mapping[CheckReason, str]] = {
    CheckReason.NOT_UNIQUE: later("{columns}: {values} stands already in {place}."),
    CheckReason.NOT_INCREASING: later("{column} is {value}, and {before} has {previous}: {expected} was expected."),
    CheckReason.RUNNING_DIFFERS: later(
        "{column} is {value}; {before} has {previous} and {amounts}: {expected} was expected."
    ),
    CheckReason.SUM_DIFFERS: later("{column} is {value}, and {amounts} comes to {expected}."),
    CheckReason.SHEET_SUM_DIFFERS: later("{column} comes to {value} over {extent}, and {others} to {expected}."),
    CheckReason.NOT_BETWEEN: later("{column} is {value}: {expected} was expected."),
}

DISCREET: Final[Mapping[CheckReason, str]] = {
    CheckReason.NOT_UNIQUE: later("Another fact has the same values."),
    CheckReason.NOT_INCREASING: later("The value is less than that of the row before, or equal to it."),
    CheckReason.RUNNING_DIFFERS: later("The balance does not follow from the row before and the amounts of this one."),
    CheckReason.SUM_DIFFERS: later("The value is not the sum of the others in its row."),
    CheckReason.SHEET_SUM_DIFFERS: later("The sum of the column is not that of the others."),
    CheckReason.NOT_BETWEEN: later("The value is beyond its limits."),
}
"""The sentences where values are withheld."""


def put(reason: CheckReason, **facts: str) -> str:
    """Fill in the sentence of a reason. Raises KeyError where a fact is missing."""
    return say(SENTENCES[reason], **facts)
