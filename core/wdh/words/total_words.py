"""The words that mark rows which sum up others, where nobody names other ones."""

from __future__ import annotations

from typing import Final

SUBTOTALS: Final = ("小计", "汇总", "本页合计", "Subtotal", "Sub-total", "Sum")
"""Words of rows that sum up a part of the sheet."""

TOTALS: Final = ("合计", "共计", "累计", "计", "Total", "Σ", "∑")
"""Words that alone sum up all rows or a part of them, and a part behind a group's name."""

GRAND_TOTALS: Final = ("总计", "总和", "Grand Total")
"""Words of rows that sum up all."""

TOTAL_WORDS: Final = (*SUBTOTALS, *TOTALS, *GRAND_TOTALS)
"""All of them."""
