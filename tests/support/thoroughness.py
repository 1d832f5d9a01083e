"""How much is tried: the usual share of examples and all cases, all of both, or less where another run tries more."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any, Final

_DEPTH: Final = os.environ.get("WDH_TEST_DEPTH", "usual")
_EXAMPLES: Final = {"full": 1, "usual": 3, "half": 6, "quick": 10}[_DEPTH]
_CASES: Final = {"full": 1, "usual": 1, "half": 2, "quick": 5}[_DEPTH]
_MANY_CASES: Final = {"full": 1, "usual": 3, "half": 6, "quick": 5}[_DEPTH]
_IS_QUICK: Final = _DEPTH == "quick"
_PART, _PARTS = map(int, os.environ.get("WDH_TEST_PART", "1/1").split("/"))


def examples(most: int) -> int:
    """Give ``most``, or a share of it by the variable WDH_TEST_DEPTH, but ten at least."""
    return max(most // _EXAMPLES, min(most, 10))


def few_examples(most: int) -> int:
    """Give ``most`` at full depth and ten else: for examples that take seconds."""
    return most if _DEPTH == "full" else min(most, 10)


def choose(items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Part the items of a test run: those to try, and those to leave out.

    Where WDH_TEST_DEPTH is ``quick``, every fifth case of each test is tried, the first one always, and none of a test
    marked ``once``. At ``half`` it is every second case. Of a test marked ``many`` it is every third case at the usual
    depth, every sixth at half of it.
    """
    seen: Counter[tuple[PurePath, str]] = Counter()
    kept: list[Any] = []
    left_out: list[Any] = []
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        share = _MANY_CASES if item.get_closest_marker("many") else _CASES
        is_left_out = seen[test] % share or (_IS_QUICK and item.get_closest_marker("once"))
        (left_out if is_left_out else kept).append(item)
        seen[test] += 1
    return kept, left_out


def is_tried(path: Path, *, marks: str) -> bool:
    """Say whether a run that chose tests by ``marks`` tries any of this file: it is not imported else.

    WDH_TEST_PART ``1/2`` is half of the files, ``2/2`` the others. The few files with a test marked ``whole`` name it.
    """
    if path.suffix not in (".py", ".yml"):
        return True
    if zlib.crc32(path.name.encode()) % _PARTS != _PART - 1:  # hash() would differ between processes
        return False
    return marks != "whole" or "pytest.mark.whole" in path.read_text(encoding="utf-8")
