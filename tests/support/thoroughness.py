"""How much is tried: all examples and cases, or a share of them where another run has tried them all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

_SHARE = int(os.environ.get("WDH_TEST_SHARE", "1"))


def examples(usual: int) -> int:
    """Give ``usual`` divided by the variable WDH_TEST_SHARE, but ten at least."""
    return max(usual // _SHARE, min(usual, 10))


def choose(items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Part the items of a test run: those to try, and those to leave out.

    Of each test every WDH_TEST_SHARE-th case is tried, the first one always: no test is left out as a whole.
    """
    seen: Counter[tuple[PurePath, str]] = Counter()
    kept: list[Any] = []
    left_out: list[Any] = []
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        (left_out if seen[test] % _SHARE else kept).append(item)
        seen[test] += 1
    return kept, left_out
