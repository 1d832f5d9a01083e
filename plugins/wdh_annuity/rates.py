"""Rates that may have been meant as percentages: 5.5 in a cell without a percent sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from wdh import Batch, Column, squeeze
from wdh_annuity.notes import Remark

MOST: Final = 1
"""A bare rate above it has been meant as a percentage by some senders."""

_SENTENCE: Final = (
    (
        "These rates are above 1 and have no percent sign: they were loaded as they stand, 5.5 as 550 %. Correct the "
        "workbook where 5.5 % is meant."
    ),
    "这些费率大于 1 且没有百分号，已按原样加载，5.5 即 550 %。若本意是 5.5 %，请修改工作簿。",
)


def note_large_rates(batch: Batch, places: Sequence[int], column: Column, *, values: Sequence[Any]) -> Remark:
    """Tell which cells have a rate above 1 without a percent sign; ``places`` are those of the facts in the batch."""
    header = next((header for header in column.headers if header in batch.columns), "")
    large = [index for index, value in enumerate(values) if value is not None and value > MOST]
    bare = (index for index in large if not _has_percent(batch, header, places[index]))
    letter = batch.letters.get(header, "")
    cases = {index: f"{letter}{batch.row_numbers[places[index]]} {values[index]}" for index in bare}
    return Remark("rate_above_1", _SENTENCE, cases)


def _has_percent(batch: Batch, header: str, place: int) -> bool:
    cell, formats = batch.columns[header][place], batch.formats.get(header)
    shown = cell if isinstance(cell, str) else "" if formats is None else formats[place] or ""
    return "%" in squeeze(shown)
