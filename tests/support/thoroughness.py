"""How much is tried: all examples and cases, or a share of them where another run has tried them all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

_SHARE = int(os.environ.get("WDH_TEST_SHARE", "1"))


def examples(usual: int) -> int:
    """Give ``usual`` divided by the variable WDH_TEST_SHARE, but ten at least."""
    return max(usual // _SHARE, min(usual, 10))


def cases(all_of_them: Sequence[Case]) -> Sequence[Case]:
    """Give every WDH_TEST_SHARE-th case of what depends on the server and not on Python."""
    return all_of_them[::_SHARE]
