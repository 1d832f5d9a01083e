"""The shares of a large sheet at which it is cut into parts.

Part 0 is the uppermost: the process that opened the sheet scans and reads it. Each of the others has a process of its
own, which must unpack all that is above its part.
"""

from __future__ import annotations

import math
from typing import Final

_SCANNING: Final = 0.8
"""Of the time that a piece takes to be unpacked and scanned, the share of the scan: 1/1.8 of a sheet in two parts."""

_OWN: Final = 1.06
"""How much more than the others the first process reads: they start a little later, and hand over what they have."""

_MARGIN: Final = 0.1
"""Of a part: what its excerpt keeps above and below, as rows are not all of one length."""


def scanned_from(part: int, parts: int) -> float:
    """Give the share of a sheet above the rows that are scanned as this part: all parts then take the same time."""
    return (1 - _SCANNING**part) / (1 - _SCANNING**parts)


def read_from(part: int, parts: int) -> float:
    """Give the share of the rows of a sheet above those that are read as this part; 0 for part 0."""
    own = _OWN / parts
    return own + (part - 1) * (1 - own) / (parts - 1) if part else 0.0


def kept_between(part: int, parts: int) -> tuple[float, float]:
    """Give the shares of a sheet between which the rows of a part are kept in its excerpt."""
    margin = _MARGIN / parts
    end = read_from(part + 1, parts) + margin if part + 1 < parts else math.inf
    return read_from(part, parts) - margin, end
