from __future__ import annotations

import pytest
from support.readings import READERS


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> str:
    """Each reader in turn: what holds for one must hold for the other."""
    return str(request.param)
