"""How much is tried: the usual share of examples and all cases, all of both, or less where another run tries more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final

_DEPTH: Final = os.environ.get("WDH_TEST_DEPTH", "usual")
_EXAMPLES: Final = {"full": 1, "usual": 3, "quick": 10}[_DEPTH]
_CASES: Final = {"full": 1, "usual": 1, "quick": 5}[_DEPTH]


def examples(most: int) -> int:
    """Give ``most``, or a share of it by the variable WDH_TEST_DEPTH, but ten at least."""
    return max(most // _EXAMPLES, min(most, 10))


def choose(items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Part the items of a test run: those to try, and those to leave out where WDH_TEST_DEPTH is ``quick``.

    Of each test every fifth case is tried, the first one always; of a test marked ``once`` none is.
    """
    seen: Counter[tuple[PurePath, str]] = Counter()
    kept: list[Any] = []
    left_out: list[Any] = []
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        is_left_out = seen[test] % _CASES or (_CASES > 1 and item.get_closest_marker("once"))
        (left_out if is_left_out else kept).append(item)
        seen[test] += 1
    return kept, left_out
