"""Rows that sum up other rows: which rows of a batch they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

from msgspec import Struct

from wdh.columns.outcomes import Outcome
from wdh.columns.totals import OF_ALL, TotalWord, TotalWords
from wdh.facts import Batch
from wdh.facts.cells import CellValue, Merged
from wdh.words.blanks import is_blank

_LAST: Final = (len("XFD") + 1, "")  # a column without a letter comes behind all others


class Label(Struct, frozen=True):
    """A column of the sheet that names things, as it was read, with those of its texts that have a total word."""

    outcomes: Sequence[Outcome]
    worded: Set[str]


class TotalCell(Struct, frozen=True):
    """The cell that calls a row a total: the row's index in the batch, the cell's header, and the word."""

    index: int
    header: str
    word: TotalWord


class Found(Struct, frozen=True):
    """The total rows of a batch, by index, and the cells that would have made one but for the keys of their rows."""

    totals: Mapping[int, TotalCell]
    doubtful: Sequence[TotalCell]


class TotalRows:
    """Finds the rows that sum up others.

    A row is one where its first label from the left that is not blank is a total word, alone or behind a group's
    name, and where it has no other value in the key columns. Labels are the cells of columns that name things, the
    texts of columns that nobody reads, and total words in any column. ``label`` are the headers of the label column
    where it is named; empty: the first label counts, whichever it is. A cell that is merged over several rows names
    the group of the word right of it, and is no value of the row alone; nor are further cells with a total word.
    The totals row of a table of the sheet is one whatever it says.
    """

    def __init__(self, words: TotalWords, *, label: Iterable[str] = ()) -> None:
        self._words = words
        self._label = frozenset(label)

    def find(
        self,
        batch: Batch,
        *,
        labels: Mapping[str, Label],
        keys: Mapping[str, Sequence[Outcome]],
        unlabelled: Set[str] = frozenset(),
    ) -> Found:
        """Find the total rows of a batch.

        ``labels`` are the columns that name things and ``keys`` the key columns as they were read, by header;
        ``unlabelled`` are the headers of columns that are read and name nothing.
        """
        if not self._words:
            return Found({}, ())
        search = _Search(batch, self._words)
        for header in search.headers():
            if not search.pending:
                break
            if not self._label or header in self._label:
                search.look_at(header, labels.get(header), names_things=header not in unlabelled)
        totals = {cell.index: cell for cell in search.cells if search.stands_alone(cell, keys)}
        totals |= {cell.index: cell for cell in search.marked() if cell.index not in totals}
        return Found(totals, tuple(cell for cell in search.cells if cell.index not in totals))


class _Search:
    """The search for total rows in one batch, column by column from the left."""

    def __init__(self, batch: Batch, words: TotalWords) -> None:
        self._batch, self._words = batch, words
        self._grouped: set[int] = set()
        self.pending: Sequence[int] = range(len(batch))
        self.cells: list[TotalCell] = []

    def headers(self) -> Sequence[str]:
        """Give the headers of the sheet, from the left."""
        own = (header for header in self._batch.columns if header not in self._batch.outside)
        return sorted(own, key=lambda header: place_of(self._batch.letters.get(header)))

    def look_at(self, header: str, label: Label | None, *, names_things: bool) -> None:
        """Look at the next column for the first labels of the rows that had none so far.

        In a column that names nothing, such as one of numbers, only a total word is a label.
        """
        cells = self._batch.columns[header]
        is_merged = Merged in set(map(type, cells))
        if label is None:
            self.pending = list(self._pass_unread(header, cells, names_things=names_things))
        elif label.worded or is_merged or None in label.outcomes:
            self.pending = list(self._pass_read(header, cells, label))
        else:
            self.pending = ()

    def _pass_read(self, header: str, cells: Sequence[CellValue], label: Label) -> Iterator[int]:
        for index in self.pending:
            cell = cells[index]
            text = cell if type(cell) is str else plain_text(cell)
            if text is not None and text in label.worded:
                self._add_total(index, header, text)
            elif label.outcomes[index] is None or (type(cell) is Merged and self._is_group(index, cell)):
                yield index

    def _pass_unread(self, header: str, cells: Sequence[CellValue], *, names_things: bool) -> Iterator[int]:
        if {str, Merged}.isdisjoint(map(type, cells)):
            yield from self.pending
            return
        for index in self.pending:
            cell = cells[index]
            text = plain_text(cell)
            if text is None or is_blank(text):
                yield index
            elif self._words.find(text) is not None:
                self._add_total(index, header, text)
            elif not names_things or self._is_group(index, cell):
                yield index

    def _is_group(self, index: int, cell: CellValue) -> bool:
        if type(cell) is not Merged or not _spans_rows(cell):
            return False
        self._grouped.add(index)
        return True

    def _add_total(self, index: int, header: str, text: str) -> None:
        word = self._words.find(text)
        if word is not None and not (word.group and index in self._grouped):
            self.cells.append(TotalCell(index, header, word))

    def marked(self) -> Iterator[TotalCell]:
        """Give the totals rows of the sheet's tables, each with the first text in it, or its first cell."""
        headers = self.headers()
        for index, number in enumerate(self._batch.row_numbers if self._batch.totals else ()):
            if number in self._batch.totals:
                texts = (header for header in headers if not is_blank(plain_text(self._batch.columns[header][index])))
                yield TotalCell(index, next(texts, headers[0]), TotalWord("", OF_ALL))

    def stands_alone(self, cell: TotalCell, keys: Mapping[str, Sequence[Outcome]]) -> bool:
        """Say whether a row has no value in the key columns beside the cell that calls it a total."""
        own = self._batch.columns[cell.header][cell.index]
        for header, outcomes in keys.items():
            if header == cell.header or outcomes[cell.index] is None:
                continue
            other = self._batch.columns[header][cell.index]
            if type(other) is Merged and (other == own or _spans_rows(other)):
                continue
            text = plain_text(other)
            if text is None or self._words.find(text) is None:
                return False
        return True


def plain_text(cell: CellValue) -> str | None:
    """Give the text of a cell, merged or not; None: it holds none."""
    value = cell.value if type(cell) is Merged else cell  # written out, as this looks at every row
    return value if type(value) is str else None


def place_of(letter: str | None) -> tuple[int, str]:
    """Order columns by their letters: AA comes behind Z."""
    return (len(letter), letter) if letter else _LAST


def _spans_rows(cell: Merged) -> bool:
    first, _, last = cell.area.partition(":")
    return first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
