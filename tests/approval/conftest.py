"""A booth for each test: a domain, a delivery and a warehouse, of which plans are approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.approvals import Booth, open_booth

from wdh.testing.database import Database


@pytest.fixture
def booth(tmp_path: Path, database: Database) -> Iterator[Booth]:
    with open_booth(tmp_path, database) as opened:
        yield opened
