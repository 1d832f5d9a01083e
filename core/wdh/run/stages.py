"""The stages of a run, one after the other, and how long each took."""

from __future__ import annotations

import time
from typing import Literal, TypeAlias

from wdh.report import StageTime

Stage: TypeAlias = Literal["prepare", "read", "plan", "forecast", "apply"]


class StageClock:
    """Measures stages that follow each other without a gap; the first begins with the clock."""

    def __init__(self) -> None:
        self.started = self._last = time.perf_counter()
        self._ended: list[StageTime] = []

    def end(self, stage: Stage) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self._ended.append(StageTime(stage, now - self._last))
        self._last = now

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """The stages that are over, in their order."""
        return tuple(self._ended)
