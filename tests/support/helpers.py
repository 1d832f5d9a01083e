"""Helpers for sheets however small, so that a test can see what one does."""

from __future__ import annotations

import pytest

from wdh.helper import Helper
from wdh.workbook import sheet


def record_helpers(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Start a helper for any sheet; the list grows by each that is started."""
    started: list[Helper] = []
    start = Helper.__init__

    def record(helper: Helper) -> None:
        start(helper)
        started.append(helper)

    monkeypatch.setattr(sheet, "WORTH_IT_FROM", 0)
    monkeypatch.setattr(Helper, "is_possible", staticmethod(lambda: True))
    monkeypatch.setattr(Helper, "__init__", record)
    return started
