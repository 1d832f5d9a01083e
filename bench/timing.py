"""Timings of parts, as the micro benches print them: one JSON object a line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds that one case of a group took, each time it was tried; ``note`` says what is peculiar about it."""

    group: str
    case: str
    rows: int
    seconds: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)


def time_once(work: Callable[[], object]) -> float:
    """Give the seconds that ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def time_often(group: str, case: str, work: Callable[[], object], *, rows: int, repeats: int) -> Timing:
    """Time ``work`` ``repeats`` times."""
    return Timing(group, case, rows, tuple(time_once(work) for _ in range(repeats)))


def show(timing: Timing) -> None:
    """Print a timing for the process that reads it."""
    print(json.dumps(asdict(timing), ensure_ascii=False), flush=True)


def parse(line: str) -> Timing:
    """Read a timing that :func:`show` printed."""
    found = json.loads(line)
    return Timing(**(found | {"seconds": tuple(found["seconds"])}))
