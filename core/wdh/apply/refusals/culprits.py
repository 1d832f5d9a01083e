"""Searches for the rows that the server refuses, by sending it fewer and fewer of them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

_MOST_QUESTIONS = 40
_MOST_CULPRITS = 20
_SPARE_ROWS = 64
"""The search may send this many rows more than the step has: a small step can then show several culprits."""

Refuses = Callable[[int, int], bool]
"""Ask whether the server refuses the rows from ``start`` to before ``end``, without the others."""


class Culprits(Struct, frozen=True):
    """The first rows that the server refuses each by itself, at most 20; none where no row alone is refused.

    ``refuses_all``: it refused every row that was tried by itself, or even no row at all.
    """

    rows: tuple[int, ...] = ()
    refuses_all: bool = False


def find_culprits(count: int, *, refuses: Refuses) -> Culprits:
    """Find the refused of ``count`` rows, which are refused together.

    Every question has side effects that no rollback undoes (sequences), and fires triggers: at most 40 are asked, and
    with all of them together not many more rows are sent than there are.
    """
    search = _Search(refuses, rows_left=count + _SPARE_ROWS)
    if search.ask(0, 0):
        return Culprits(refuses_all=True)
    search.split(0, count)
    if search.needs_others:
        return Culprits()
    if search.culprits and not search.has_passed:
        for row in _others(count, search.culprits):
            search.ask(row, row + 1)
    return Culprits(tuple(sorted(search.culprits)), refuses_all=bool(search.culprits) and not search.has_passed)


def _others(count: int, culprits: list[int]) -> list[int]:
    """Choose rows to hold against the culprits: from the end, the middle and the beginning."""
    return [row for row in dict.fromkeys((count - 1, count // 2, 1)) if 0 <= row < count and row not in culprits]


class _Search(Struct):
    """A search by halves. ``needs_others``: some rows are refused only beside others."""

    refuses: Refuses
    rows_left: int
    questions_left: int = _MOST_QUESTIONS
    culprits: list[int] = field(default_factory=list)
    has_passed: bool = False
    needs_others: bool = False

    def ask(self, start: int, end: int) -> bool:
        """Ask about a range, and keep count."""
        self.rows_left -= end - start
        self.questions_left -= 1
        is_refused = self.refuses(start, end)
        self.has_passed |= not is_refused and end > start
        return is_refused

    def may_ask(self, start: int, end: int) -> bool:
        """Say whether a question about a range is within bounds, and a search in it, which costs as much again."""
        is_payable = self.questions_left > 0 and self.rows_left >= 2 * (end - start)
        return is_payable and len(self.culprits) < _MOST_CULPRITS

    def split(self, start: int, end: int) -> None:
        """Find the culprits in a range that is refused: the first one surely, others while questions are left."""
        unknown: list[tuple[int, int]] = []
        while end - start > 1:
            middle = (start + end) // 2
            if self.ask(start, middle):
                unknown.append((middle, end))
                end = middle
            else:
                start = middle  # not asked: that the upper half is refused follows, unless it takes rows of both
        if not self.ask(start, end):
            self.needs_others = not self.culprits
            return
        self.culprits.append(start)
        for lower, upper in reversed(unknown):
            if self.may_ask(lower, upper) and self.ask(lower, upper):
                self.split(lower, upper)
