"""Finds the rows of a marked sheet again in the sheet that came back, wherever they are now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from wdh.facts import Batch
from wdh.facts.cells import CellValue
from wdh.mending.fingerprints import RowTexts, show_rows
from wdh.mending.mark import ACCEPTED, Mask, SheetMark, name_added, read_state


class Found(Struct, frozen=True):
    """A row of a sheet that came back: its number there, its name, and the fingerprint of its cells.

    ``state`` and ``before`` are its state and fingerprint in the mark, None for a row that was added.
    """

    number: int
    row: str
    print: bytes
    state: str | None
    before: bytes | None

    @property
    def is_changed(self) -> bool:
        """Whether it was accepted, and its cells are other ones now."""
        return self.state == ACCEPTED and self.before != self.print


class Matched(Struct, frozen=True):
    """The rows of a sheet that came back, in its order, and the names of those in the mark that are gone."""

    rows: tuple[Found, ...]
    gone: tuple[str, ...]

    @property
    def added(self) -> tuple[Found, ...]:
        """The rows that the mark does not have."""
        return tuple(found for found in self.rows if found.state is None)

    @property
    def changed(self) -> tuple[Found, ...]:
        """The accepted rows that are not as they were."""
        return tuple(found for found in self.rows if found.is_changed)


class Returned(Struct, frozen=True):
    """A row before it is matched: its number, the cell of the added first column, and the fingerprint of the others."""

    number: int
    state: CellValue
    print: bytes


def read_rows(batches: Iterable[Batch], states: Mapping[int, CellValue], mark: SheetMark) -> Iterator[Returned]:
    """Read the rows of a sheet; ``states`` has the cells of the added first column, as the rows are read.

    A row whose numbers were rounded to 15 digits when it was saved gets the fingerprint that it had before. That of a
    row that is not in the mark as it is does not depend on whether its numbers were.
    """
    prints = {mark.print_of(place) for place in range(len(mark.rows))}
    widest = tuple(sorted({column for mask in mark.masks for column in mask}))
    for batch in batches:
        texts = show_rows(batch, mark.columns)
        for place, (number, own) in enumerate(zip(batch.row_numbers, texts.prints(), strict=True)):
            known = own if own in prints else _find_unrounded(texts, place, mark.masks, prints)
            yield Returned(number, states.get(number), known or texts.print_masked(place, widest))


def _find_unrounded(texts: RowTexts, place: int, masks: Iterable[Mask], prints: Collection[bytes]) -> bytes | None:
    masked = (texts.print_masked(place, mask) for mask in masks)
    return next((each for each in masked if each in prints), None)


def match_rows(mark: SheetMark, rows: Iterable[Returned]) -> Matched:
    """Match rows with those of the mark.

    A row is the one that its first cell names, if its other cells are as they were. Of the rest a row is one whose
    cells it has (the first column was not moved along), else the one that its first cell names (its cells were
    changed), else one that was added.
    """
    matching = _Matching(mark, list(rows))
    matching.take_kept()
    matching.take_moved()
    matching.take_changed()
    return matching.matched()


class _Matching:
    """Rows on the way to be matched: ``found`` has places among the rows of the mark, by place of the row."""

    def __init__(self, mark: SheetMark, rows: Sequence[Returned]) -> None:
        places = {row: place for place, row in enumerate(mark.rows)}
        self._mark, self._rows = mark, rows
        self._named = [places.get(read_state(each.state) or "") for each in rows]
        self._found: dict[int, int] = {}
        self._taken = set[int]()

    def _take(self, index: int, place: int) -> None:
        self._found[index] = place
        self._taken.add(place)

    def take_kept(self) -> None:
        """Take the rows that their first cell names, and whose other cells are as they were."""
        for index, (row, place) in enumerate(zip(self._rows, self._named, strict=True)):
            if place is not None and place not in self._taken and self._mark.print_of(place) == row.print:
                self._take(index, place)

    def take_moved(self) -> None:
        """Take the rows whose cells are those of another one, which is not there otherwise."""
        if len(self._found) == len(self._rows):
            return
        waiting: defaultdict[bytes, list[int]] = defaultdict(list)
        for place in range(len(self._mark.rows) - 1, -1, -1):
            if place not in self._taken:
                waiting[self._mark.print_of(place)].append(place)
        for index, row in enumerate(self._rows):
            if index not in self._found and (same := waiting.get(row.print)):
                self._take(index, same.pop())

    def take_changed(self) -> None:
        """Take the rows that their first cell names, and whose other cells are not as they were."""
        for index, place in enumerate(self._named):
            if index not in self._found and place is not None and place not in self._taken:
                self._take(index, place)

    def matched(self) -> Matched:
        """Give what was taken; any other row was added."""
        names = _name_added(self._mark, (row for index, row in enumerate(self._rows) if index not in self._found))
        rows = tuple(
            self._describe(self._found[index], row)
            if index in self._found
            else Found(row.number, next(names), row.print, None, None)
            for index, row in enumerate(self._rows)
        )
        return Matched(rows, tuple(row for place, row in enumerate(self._mark.rows) if place not in self._taken))

    def _describe(self, place: int, row: Returned) -> Found:
        mark = self._mark
        return Found(row.number, mark.rows[place], row.print, mark.states[place], mark.print_of(place))


def _name_added(mark: SheetMark, rows: Iterable[Returned]) -> Iterator[str]:
    known = {row for row in mark.rows if row.startswith("+")}
    seen: Counter[bytes] = Counter()
    for row in rows:
        while (name := name_added(row.print, seen[row.print])) in known:
            seen[row.print] += 1
        seen[row.print] += 1
        yield name
