"""No situation of a real server loses, doubles or changes a row, or runs another role's code: a test for each."""

from __future__ import annotations

from typing import Any

import pytest
from support.situations import all_situations, try_situation

from wdh.testing.database import Database

CASES = [
    pytest.param(situation, id=f"{kind}: {situation.name}")
    for kind, situations in all_situations().items()
    for situation in situations
]


@pytest.mark.parametrize("situation", CASES)
def test_nothing_is_lost_doubled_or_changed(database: Database, situation: Any) -> None:
    """Each of two runs is loaded as the workbook says, or the first is refused in words, with every row as it was."""
    if not database.rows(situation.needs):
        pytest.skip(f"this PostgreSQL cannot have it: {situation.needs}")
    assert try_situation(situation, database, most_runs=2) == []
