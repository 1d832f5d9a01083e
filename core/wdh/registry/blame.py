"""The place of a failure in a package: the line of its own code, and the row of the batch that it could not take.

Nothing here runs unless something is wrong already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final

from msgspec import Struct

from wdh.facts import Batch, Place, cut_rows
from wdh.facts.sheets import SheetRow
from wdh.words.language import join, say

Ask = Callable[[Batch, float], object]
"""Asks the hook again about some rows, within so many seconds. Raises what the hook raises."""

SEARCH_SECONDS: Final = 5.0
"""Seconds that the search for one row may take altogether."""


class Where(Struct, frozen=True):
    """The place of a failure: the ``line`` of the package's code, and the rows of the batch it was about.

    ``line`` None: it is not known; ``batch`` None: the hook has no rows. ``fact`` is the last that a check had read.
    """

    line: str | None = None
    batch: Batch | None = None
    fact: Place | None = None

    def __str__(self) -> str:
        """Give the place in parentheses behind a blank; nothing where no part of it is known."""
        rows = None if self.batch is None else name_rows(self.batch)
        fact = None if self.fact is None else say("last at {fact}", fact=self.fact)
        named = [part for part in (self.line, rows, fact) if part]
        return say(" ({places})", places=join("; ", named)) if named else ""

    def facts(self) -> dict[str, object]:
        """Give the place as fields of an error."""
        if self.batch is None:
            return {"line": self.line}
        numbers = list(self.batch.row_numbers)
        row = numbers[0] if len(numbers) == 1 else None
        return {"line": self.line, "file": self.batch.file, "sheet": self.batch.sheet, "row": row}


def name_rows(batch: Batch) -> str:
    """Name file, sheet and rows of a batch."""
    numbers = list(batch.row_numbers)
    if not numbers:
        return say("{file}, sheet {sheet}", file=batch.file, sheet=batch.sheet)
    told = {"file": batch.file, "sheet": batch.sheet, "row": numbers[0]}
    if len(numbers) == 1:
        return say("{file}, sheet {sheet}, row {row}", **told)
    return say("{file}, sheet {sheet}, rows {row} to {last}", **told, last=numbers[-1])


def find_line(error: BaseException, package: str) -> str | None:
    """Name the innermost line of ``package``, the name of a top-level module, that an error went through.

    A SyntaxError names the line that cannot be read. None: the error went through no line of the package.
    """
    if isinstance(error, SyntaxError) and error.filename and _is_of(error.filename, package):
        return f"{_shorten(error.filename, package)}:{error.lineno}"
    codes = ((trace.tb_frame.f_code, trace.tb_lineno) for trace in _own_traces(error, package))
    lines = [(f"{_shorten(code.co_filename, package)}:{number}", code.co_name) for code, number in codes]
    if not lines:
        return None
    line, function = lines[-1]
    return line if function == "<module>" else say("{line} in {function}", line=line, function=function)


def line_of(function: Callable[..., object], package: str) -> str | None:
    """Name the line at which a function of ``package`` begins; None: it is not known."""
    code: Any = getattr(function, "__code__", None)
    if code is None or not _is_of(code.co_filename, package):
        return None
    return f"{_shorten(code.co_filename, package)}:{code.co_firstlineno}"


def find_fact(error: BaseException, package: str) -> Place | None:
    """Say which fact of a sheet ``package`` had read last where it failed in a check; None: its code holds none."""
    held = [
        value
        for trace in _own_traces(error, package)
        for value in trace.tb_frame.f_locals.values()
        if isinstance(value, SheetRow)
    ]
    return max(held, key=lambda row: (row.workbook, row.number)).place() if held else None


def _own_traces(error: BaseException, package: str) -> Iterator[TracebackType]:
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] == package:
            yield trace
        trace = trace.tb_next


def _is_of(file: str, package: str) -> bool:
    return package in (*PurePath(file).parts, PurePath(file).stem)


def _shorten(file: str, package: str) -> str:
    """Give the path of a file from its package on: ``wdh_shops/facts.py``."""
    parts = PurePath(file).parts
    place = next((place for place in reversed(range(len(parts) - 1)) if parts[place] == package), len(parts) - 1)
    return "/".join(parts[place:])


def find_row(ask: Ask, batch: Batch, error: Exception) -> Batch:
    """Give the one row of a batch on which a hook fails as it did with ``error``, or else the whole batch.

    Asks again, about halves of what is left: a hook's answer depends on the rows alone. Where neither half fails
    by itself, or the time is over, the rows are named that are known by then.
    """
    until = time.monotonic() + SEARCH_SECONDS
    while len(batch) > 1:
        half = len(batch) // 2
        parts = cut_rows(batch, 0, half), cut_rows(batch, half, len(batch))
        failing = next((part for part in parts if _fails(ask, part, error, seconds=until - time.monotonic())), None)
        if failing is None:
            break
        batch = failing
    return batch


def _fails(ask: Ask, batch: Batch, error: Exception, *, seconds: float) -> bool:
    if seconds <= 0:
        return False
    try:
        ask(batch, seconds)
    except KeyboardInterrupt:
        raise
    except BaseException as again:
        return type(again) is type(error)
    return False
