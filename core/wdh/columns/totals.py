"""Rows that sum up other rows, and the words by which they are known."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from wdh.cells import CellValue, Merged
from wdh.columns.characters import squeeze
from wdh.columns.memo import Memo
from wdh.facts import Batch


@dataclass(frozen=True, slots=True)
class TotalWords:
    """Words such as 合计, compared without blanks, in compatibility form, with or without a colon behind."""

    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> TotalWords:
        """Bring ``words`` to the form they are compared in. Raises ValueError for a blank one."""
        spelt = tuple(squeeze(word).rstrip(":") for word in words)
        if not all(spelt):
            raise ValueError("a total word must not be blank: every row would be a total")
        return cls(spelt)

    def end(self, squeezed: str) -> bool:
        """Say whether a squeezed text ends with one of the words."""
        return squeezed.rstrip(":").endswith(self.words)


class TotalRows:
    """Finds the rows that sum up others, looking at each distinct cell of a column once."""

    def __init__(self, words: TotalWords) -> None:
        self._words = words
        self._lasts = frozenset(word[-1] for word in words.words)
        self._may_end: Memo[str, bool] = Memo(self._may_end_with)
        self._may_be_blank: Memo[str, bool] = Memo(lambda first: not squeeze(first))

    def find(self, batch: Batch, *, labels: frozenset[str]) -> set[int]:
        """Find the rows (by index) without any label whose first cell that is not blank ends with a total word.

        ``labels`` are the headers of the columns that name things: whose cells end with such a word, their readers
        tell. Where a row has a label, a remark about a total is no total.
        """
        found: set[int] = set()
        pending: Sequence[int] = range(len(batch)) if self._words.words else ()
        for header in sorted(batch.columns, key=lambda header: _place(batch.letters.get(header, ""))):
            if not pending:
                break
            cells = batch.columns[header]
            ending, blank = self.judge(cells)
            if header not in labels:
                begun = [index for index in pending if cells[index] in ending]
                found.update(index for index in begun if not _has_label(batch, index, labels))
            pending = [index for index in pending if cells[index] in blank]
        return found

    def judge(self, cells: Sequence[CellValue]) -> tuple[Set[CellValue], Set[CellValue]]:
        """Give the distinct cells of a column that end with a total word, and those that are blank."""
        kinds = set(map(type, cells))
        blank: set[CellValue] = {None} if type(None) in kinds else set()
        if str not in kinds and Merged not in kinds:
            return frozenset(), blank
        # One character tells of nearly every text that it is neither.
        may_end, may_be_blank, words = self._may_end, self._may_be_blank, self._words
        texts = {cell for cell in cells if type(cell) is str}
        ending: set[CellValue] = {text for text in texts if may_end[text[-1:]] and words.end(squeeze(text))}
        blank.update(text for text in texts if may_be_blank[text[:1]] and not squeeze(text))
        for cell in {cell for cell in cells if type(cell) is Merged} if Merged in kinds else ():
            ending_value, blank_value = self.judge((cell.value,))
            ending.update((cell,) if ending_value else ())
            blank.update((cell,) if blank_value else ())
        return ending, blank

    def _may_end_with(self, last: str) -> bool:
        """Say whether a text with this last character could end with a word; where in doubt, yes."""
        plain = squeeze(last).rstrip(":")
        return not plain or plain[-1] in self._lasts or _may_join(last)


def _may_join(character: str) -> bool:
    # What joins with the character before it when it is normalised: marks, and the parts of Hangul syllables.
    return unicodedata.category(character).startswith("M") or unicodedata.name(character, "").startswith("HANGUL ")


def _has_label(batch: Batch, index: int, labels: frozenset[str]) -> bool:
    cells = (_plain(batch.columns[header][index]) for header in labels if header in batch.columns)
    return any(cell is not None and not (isinstance(cell, str) and not squeeze(cell)) for cell in cells)


def _plain(cell: CellValue) -> CellValue:
    return cell.value if type(cell) is Merged else cell


def _place(letter: str) -> tuple[int, str]:
    # AA comes after Z; a column without a letter comes last
    return (len(letter), letter) if letter else (len("XFD") + 1, "")
