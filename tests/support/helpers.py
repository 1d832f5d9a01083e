"""Helpers for sheets however small, so that a test can see what one does."""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from wdh.intake import ahead
from wdh.process.helper import Helper
from wdh.workbook import apart
from wdh.workbook.survey import surveying


def record_helpers(monkeypatch: pytest.MonkeyPatch, *, processes: int = 2) -> list[Helper]:
    """Share any sheet among so many processes; the list grows by each helper that is started."""
    started: list[Helper] = []
    start = Helper.__init__

    def record(helper: Helper) -> None:
        start(helper)
        started.append(helper)

    monkeypatch.setattr(apart, "WORTH_IT_FROM", 0)
    monkeypatch.setattr(apart, "WORTH_ANOTHER", 1)
    for module in (apart, ahead):
        monkeypatch.setattr(module, "count_processors", lambda: processes)
    monkeypatch.setattr(Helper, "__init__", record)
    return started


class NearHelper:
    """Does what it is told at once, and in this process, with what would reach another."""

    def __init__(self) -> None:
        self.rows, self.facts = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - see close()
        self._answers: deque[Any] = deque()

    @staticmethod
    def can_start() -> bool:
        return True

    @staticmethod
    def is_at_hand() -> bool:
        return False

    def ask(self, work: Callable[..., Iterator[Any]], *words: object) -> None:
        self._answers += work(*pickle.loads(pickle.dumps(words)))  # noqa: S301 - our own, as it is sent

    def receive(self) -> Any:
        return self._answers.popleft()

    def close(self) -> None:
        self.rows.close()
        self.facts.close()


@contextmanager
def near_helper(piece: int, *, processes: int = 2) -> Iterator[None]:
    """Let near helpers scan the lower parts of any sheet, in pieces of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "WORTH_IT_FROM", 0)
        patch.setattr(apart, "WORTH_ANOTHER", 1)
        patch.setattr(apart, "count_processors", lambda: processes)
        patch.setattr(surveying, "_PIECE", piece)
        patch.setattr(apart, "Helper", NearHelper)
        yield
