"""No identifier and no value can inject, and all of them arrive exactly."""

from __future__ import annotations

import sys
from pathlib import Path

from experiment import Finding, Place

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # the properties are those of the tests

from support.exactness import PROPERTIES, Property, hold


def prove_exactness(place: Place, *, examples: int) -> list[Finding]:
    """Try each property of the tests on ``examples`` names or rows, each in a transaction that is rolled back."""
    return [_prove(promised, place, examples=examples) for promised in PROPERTIES]


def _prove(promised: Property, place: Place, *, examples: int) -> Finding:
    with place.connect() as connection:
        try:
            tried, remark = hold(promised, connection, examples=examples), ""
        except Exception as error:
            tried, remark = examples, f"{type(error).__name__}: {error}"[:200]
    return Finding(promised.promise, promised.name, tried, 0, int(bool(remark)), " ".join(remark.split()))
