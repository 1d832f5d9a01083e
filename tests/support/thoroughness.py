"""How many examples a law is tried on: as many as it says, or a share of them where another run has tried them all."""

from __future__ import annotations

import os

_SHARE = int(os.environ.get("WDH_TEST_SHARE", "1"))


def examples(usual: int) -> int:
    """Give ``usual`` divided by the variable WDH_TEST_SHARE, but ten at least."""
    return max(usual // _SHARE, min(usual, 10))
