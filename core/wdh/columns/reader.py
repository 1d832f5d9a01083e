"""Reads the cells of one column: the checks that all kinds share, and the memory that makes it fast."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from wdh.columns.currencies import USUAL
from wdh.columns.displays import is_plain
from wdh.columns.memo import REMEMBERED, Memo
from wdh.columns.numbers import Number
from wdh.columns.outcomes import Bad, Kind, Outcome
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import show_text
from wdh.columns.totals import TotalWords
from wdh.facts.cells import (
    ERROR_TEXTS,
    UNCACHED,
    CellValue,
    DamagedValue,
    ErrorValue,
    Merged,
    RefusedValue,
    ShiftedValue,
)
from wdh.facts.copytext import write_floats
from wdh.words.blanks import MAY_BE_BLANK, is_blank
from wdh.words.characters import narrow, squeeze
from wdh.words.language import say

_TEXTS: Final = frozenset((str, type(None)))
_EQUAL_ACROSS_KINDS: Final = frozenset((Merged,))
_NO_ROUNDING: Final = 400  # round() gives a float back unchanged when asked for this many decimals


class _Direct:
    """Has the form of a memo, and remembers nothing."""

    def __init__(self, ask: Callable[[CellValue], Outcome]) -> None:
        self._ask = ask

    def __getitem__(self, cell: CellValue) -> Outcome:
        return self._ask(cell)


class Reader:
    """Reads one column's cells, asking its kind once per distinct value, type and number format.

    ``worded`` are the texts read so far that have a total word; only a column that names things has some.
    """

    def __init__(
        self, kind: Kind, totals: TotalWords, *, blank: frozenset[str] = frozenset(), limit: int = REMEMBERED
    ) -> None:
        self._kind = kind
        self._is_label, self._totals = kind.is_label, totals
        self._blank = frozenset(map(squeeze, blank))
        self._firsts = {unicodedata.normalize("NFKD", word)[:1] for word in (*self._blank, *ERROR_TEXTS)}
        self._may_be_word: Memo[str, bool] = Memo(self._may_begin_word)
        self.worded: set[str] = set()
        self._limit = limit
        self._formats: Memo[str | None, Memo[type, Memo[CellValue, Outcome] | _Direct]] = Memo(self._remember)

    def read(self, cells: Sequence[CellValue], formats: Sequence[str | None] | None = None) -> list[Outcome]:
        """Read a run of cells. ``formats`` are their number formats; None: all are General."""
        if formats is None and _TEXTS.issuperset(map(type, cells)):
            return list(map(self._formats[None][str].__getitem__, cells))
        known = {None} if formats is None else {*formats}
        if formats is None or len(known) == 1:
            memos = self._formats[known.pop()]
            return [memos[type(cell)][cell] for cell in cells]
        by_format = self._formats
        return [by_format[shape][type(cell)][cell] for cell, shape in zip(cells, formats, strict=True)]

    def read_cell(self, cell: CellValue, number_format: str | None = None) -> Outcome:
        """Read one cell, remembering nothing."""
        if cell is None:
            return None
        if cell is UNCACHED:
            return bad(Reason.FORMULA_WITHOUT_VALUE)
        if isinstance(cell, str):
            return self._read_text(cell) if number_format is None else self._read_shown(cell, number_format)
        if isinstance(cell, ErrorValue):
            return bad(Reason.ERROR_VALUE, value=cell.text or say("without a name"))
        if isinstance(cell, DamagedValue):
            return bad(Reason.DAMAGED_VALUE, value=narrow(cell.text))
        if isinstance(cell, RefusedValue):
            return Bad(cell.reason, cell.sentence)
        if isinstance(cell, ShiftedValue):
            return bad(Reason.SHIFTED_CELL, value=narrow(cell.text))
        if isinstance(cell, Merged):
            if self._is_label:
                return self.read_cell(cell.value, number_format)
            return bad(Reason.MERGED_NUMBER, value=cell.value, area=cell.area)
        return self._kind.read(cell, number_format)

    def _read_shown(self, cell: str, number_format: str) -> Outcome:
        shown = show_text(cell, number_format)
        if shown is None:
            return bad(Reason.UNREADABLE_FORMAT, value=quoted(cell), format=quoted(number_format))
        return self._read_text(shown)

    def _read_text(self, cell: str) -> Outcome:
        if self._is_label and self._totals.may_end[cell[-1:]] and self._totals.find(cell) is not None:
            self.worded.add(cell)
        if self._may_be_word[cell[:1]]:
            bare = squeeze(cell)
            if is_blank(cell) or bare in self._blank:
                return None
            if bare in ERROR_TEXTS:
                return bad(Reason.ERROR_VALUE, value=narrow(cell))
        return self._kind.read(cell, None)

    def _may_begin_word(self, first: str) -> bool:
        """Say whether a text with this first character could be blank, a blank word or an error; where in doubt, yes.

        Texts that are equal in compatibility form begin with the same character when they are taken apart (NFKD).
        """
        apart = unicodedata.normalize("NFKD", first)[:1]
        may_vanish = {first, apart} & MAY_BE_BLANK
        return bool(may_vanish) or apart in self._firsts or unicodedata.combining(apart) > 0

    def _remember(self, number_format: str | None) -> Memo[type, Memo[CellValue, Outcome] | _Direct]:
        ask = partial(self.read_cell, number_format=number_format)
        return Memo(partial(self._remember_type, ask=ask))

    def _remember_type(self, kind: type, *, ask: Callable[[CellValue], Outcome]) -> Memo[CellValue, Outcome] | _Direct:
        # 1, 1.0 and True are equal, so each type has a memo of its own; merged cells carry values of any type.
        if kind in _EQUAL_ACROSS_KINDS:
            return _Direct(ask)
        return Memo(ask, limit=self._limit)


class NumberReader(Reader):
    """Reads a column of numbers: a float that is in range and has no decimals too many passes as it is."""

    def __init__(
        self, kind: Number, totals: TotalWords, *, blank: frozenset[str] = frozenset(), limit: int = REMEMBERED
    ) -> None:
        super().__init__(kind, totals, blank=blank, limit=limit)
        self._low, self._high = kind.surely_within
        self._scale = _NO_ROUNDING if kind.scale is None else kind.scale
        self._finer = _decimals_past(kind.scale)
        taken = frozenset(USUAL) if kind.currencies is None else kind.currencies
        self._is_plain: Memo[str | None, bool] = Memo(partial(is_plain, currencies=taken))

    def read(self, cells: Sequence[CellValue], formats: Sequence[str | None] | None = None) -> list[Outcome]:
        """Read a run of cells. Formats that show each number as it is play no part."""
        if formats is not None and not all(map(self._is_plain.__getitem__, {*formats})):
            return super().read(cells, formats)
        memos = self._formats[None]
        floats = [cell for cell in cells if type(cell) is float]
        # Adding 0.0 makes -0.0, which is equal to 0.0, the same.
        if self._all_pass(floats):
            if len(floats) == len(cells):
                return [cell + 0.0 for cell in floats]
            return [cell + 0.0 if type(cell) is float else memos[type(cell)][cell] for cell in cells]
        low, high, scale = self._low, self._high, self._scale
        # round() is exact: it gives the same float back only where the shortest form has no more decimals.
        return [
            cell + 0.0
            if type(cell) is float and low <= cell <= high and round(cell, scale) == cell
            else memos[type(cell)][cell]
            for cell in cells
        ]

    def _all_pass(self, floats: list[float]) -> bool:
        """Say whether all these floats surely pass as they are, at the speed of a whole column."""
        if not floats:
            return True
        text = write_floats(floats)
        return (
            text is not None
            and self._low <= min(floats)
            and max(floats) <= self._high
            and (self._finer is None or self._finer.search(text) is None)
        )


def _decimals_past(scale: int | None) -> re.Pattern[bytes] | None:
    """Find what has more than ``scale`` decimals in what write_floats() gives; a whole number ends with .0 there."""
    if scale is None:
        return None
    return re.compile(rb"\.[0-9]{%d}" % (scale + 1) if scale else rb"\.(?!0(?:,|\Z))")


def make_reader(
    kind: Kind, totals: TotalWords, *, blank: frozenset[str] = frozenset(), limit: int = REMEMBERED
) -> Reader:
    """Make the reader that is fastest for ``kind``."""
    if isinstance(kind, Number):
        return NumberReader(kind, totals, blank=blank, limit=limit)
    return Reader(kind, totals, blank=blank, limit=limit)
