"""A plan that was approved is applied exactly, or refused with the difference; there is no third."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.approvals import CASES, Case, try_case

from wdh.testing.database import Database

pytestmark = pytest.mark.once


@pytest.mark.many
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_applied_exactly_or_refused_with_the_difference(case: Case, database: Database, tmp_path: Path) -> None:
    assert try_case(case, database, tmp_path, seed=1) == []
