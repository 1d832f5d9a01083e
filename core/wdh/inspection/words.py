"""Words that workbooks have in common."""

from __future__ import annotations

from typing import Final

PIVOT_BLANKS: Final = ("(空白)", "(blank)")
"""What a pivot table writes where a group has no name."""
