"""No name and no value can inject: each arrives exactly, or is refused before any statement is sent."""

from __future__ import annotations

from typing import Any

import pytest
from support.exactness import PROPERTIES, Property, hold
from support.thoroughness import examples

pytestmark = pytest.mark.once

EXAMPLES = examples(90)


@pytest.mark.parametrize("promised", PROPERTIES, ids=lambda promised: promised.name)
def test_it_arrives_exactly_or_is_refused_before_the_database(database: Any, promised: Property) -> None:
    """The proof run (``proof/exactness.py``) tries the same properties on far more examples."""
    with database.connect() as connection:
        assert hold(promised, connection, examples=EXAMPLES) >= EXAMPLES
