"""Helpers for sheets however small, so that a test can see what one does."""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from wdh.process import helper as helping
from wdh.process.helper import Helper
from wdh.workbook import book
from wdh.workbook.survey import surveying


def record_helpers(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Start a helper for any sheet; the list grows by each that is started."""
    started: list[Helper] = []
    start = Helper.__init__

    def record(helper: Helper) -> None:
        start(helper)
        started.append(helper)

    monkeypatch.setattr(book, "WORTH_IT_FROM", 0)
    monkeypatch.setattr(Helper, "is_possible", staticmethod(lambda: True))
    monkeypatch.setattr(Helper, "__init__", record)
    return started


class NearHelper:
    """Does what it is told at once, and in this process, with what would reach another."""

    def __init__(self) -> None:
        self.rows, self.facts = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - see close()
        self._answers: deque[Any] = deque()

    @staticmethod
    def is_possible() -> bool:
        return True

    def ask(self, work: Callable[..., Iterator[Any]], *words: object) -> None:
        self._answers += work(*pickle.loads(pickle.dumps(words)))  # noqa: S301 - our own, as it is sent

    def receive(self) -> Any:
        return self._answers.popleft()

    def close(self) -> None:
        self.rows.close()
        self.facts.close()


@contextmanager
def near_helper(piece: int) -> Iterator[None]:
    """Let a near helper look over the lower part of any sheet, in pieces of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "WORTH_IT_FROM", 0)
        patch.setattr(surveying, "_PIECE", piece)
        patch.setattr(helping, "Helper", NearHelper)
        yield
