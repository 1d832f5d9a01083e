"""Words that workbooks have in common."""

from __future__ import annotations

from typing import Final

TOTALS: Final = ("合计", "总计", "小计")
"""The words of rows that sum up others."""

PIVOT_BLANKS: Final = ("(空白)", "(blank)")
"""What a pivot table writes where a group has no name."""
