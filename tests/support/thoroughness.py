"""How much is tried: all examples and cases, or a share of them where another run has tried them all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

_SHARE = int(os.environ.get("WDH_TEST_SHARE", "1"))
_OF_THE_SERVER = frozenset(("apply", "engine", "interrupts", "shops", "warehouse"))
"""Folders of tests of which most depend on the server and not on Python."""


def examples(usual: int) -> int:
    """Give ``usual`` divided by the variable WDH_TEST_SHARE, but ten at least."""
    return max(usual // _SHARE, min(usual, 10))


def choose(items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Part the items of a test run: those to try, and those to leave out.

    Of each test that depends on the server every WDH_TEST_SHARE-th case is tried, the first one always.
    """
    seen: Counter[tuple[PurePath, str]] = Counter()
    kept: list[Any] = []
    left_out: list[Any] = []
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        is_tried = item.path.parent.name not in _OF_THE_SERVER or seen[test] % _SHARE == 0
        seen[test] += 1
        (kept if is_tried else left_out).append(item)
    return kept, left_out
