"""Processes that scan the lower parts of a large sheet, and read their rows then, beside the one that opened it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from wdh.process.helper import Helper, HelperEnded, count_processors
from wdh.settings import Limits
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.survey.excerpt import path_of
from wdh.workbook.survey.surveying import ScannedPart, scan_part

WORTH_IT_FROM: Final = 32 << 20
"""Bytes of a workbook's largest part from which on a helper gains more than it takes to start one (0.15 s)."""

WORTH_IT_AT_HAND: Final = 2 << 20
"""The same for a helper that is there already."""

WORTH_ANOTHER: Final = 16 << 20
"""Bytes beyond those that are worth another one."""

MOST: Final = 8
"""Processes that share a sheet: each unpacks what is above its part, so that more of them gain little."""


class Apart(contextlib.AbstractContextManager["Apart"]):
    """The helpers of one sheet, from the topmost of its lower parts to the last; none: the sheet is not worth one.

    Close it in any case; closing twice is fine.
    """

    def __init__(self) -> None:
        self.helpers: tuple[Helper, ...] = ()

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the helpers."""
        for helper in self.helpers:
            helper.close()
        self.helpers = ()

    def start(self, size: int, processes: int | None) -> None:
        """Start helpers for a sheet of a workbook whose largest part has ``size`` bytes.

        ``processes`` is how many share the work, this one included; None: as many as there are processors.
        """
        if size < (WORTH_IT_AT_HAND if Helper.is_at_hand() else WORTH_IT_FROM) or not Helper.can_start():
            return
        more = max(size - WORTH_IT_FROM, 0) // WORTH_ANOTHER
        most = count_processors() if processes is None else processes
        with contextlib.suppress(OSError):  # there is no room for another process
            while len(self.helpers) + 1 < min(most, MOST, 2 + more):
                self.helpers += (Helper(),)

    @property
    def excerpts(self) -> Sequence[Path]:
        """The files with the rows that each helper kept as it scanned its part."""
        return [path_of(helper.rows) for helper in self.helpers]

    def scan(
        self, path: Path, contents: Contents, sheet: SheetPart, limits: Limits
    ) -> Sequence[Callable[[], ScannedPart | None]]:
        """Have the helpers scan a sheet, each its part. Call each of the returned functions once, to wait for a scan.

        None: it could not do it, and this process must.
        """
        parts = len(self.helpers) + 1
        for part, helper in enumerate(self.helpers, start=1):
            helper.ask(_scan_apart, path, contents, sheet, limits, part, parts, helper.rows.fileno())
        return [lambda helper=helper: _receive(helper) for helper in self.helpers]  # type: ignore[misc]


def _receive(helper: Helper) -> ScannedPart | None:
    try:
        answer = helper.receive()
    except (HelperEnded, MemoryError):
        return None
    return answer if isinstance(answer, ScannedPart) else None


def _scan_apart(
    path: Path, contents: Contents, sheet: SheetPart, limits: Limits, part: int, parts: int, rows: int
) -> Iterator[ScannedPart | None]:
    try:
        with os.fdopen(os.dup(rows), "r+b") as file:
            found = scan_part(path, contents, sheet, limits, part=part, parts=parts, excerpt=file)
    except Exception:  # the other process scans it itself then, and tells what it finds
        found = None
    yield found
