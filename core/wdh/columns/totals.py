"""Rows that sum up other rows, and the words by which they are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    def equal(self, squeezed: str) -> bool:
        """Say whether a squeezed text is one of the words."""
        return squeezed in self.words or squeezed.rstrip(":") in self.words

    def end(self, squeezed: str) -> bool:
        """Say whether a squeezed text ends with one of the words."""
        return squeezed.rstrip(":").endswith(self.words)


def find_total_rows(batch: Batch, words: TotalWords, *, labels: frozenset[str]) -> set[int]:
    """Find the rows (by index) with a label that ends with a total word.

    ``labels`` are the headers of the columns that name things. In another column a row's first cell that is not
    blank counts, where the row has no label at all: a remark about a total is no total.
    """
    if not words.words:
        return set()
    ends: Memo[str, bool] = Memo(lambda text: words.end(squeeze(text)))
    blanks: Memo[str, bool] = Memo(lambda text: not squeeze(text))
    found: set[int] = set()
    pending: Sequence[int] = range(len(batch))
    for header in sorted(batch.columns, key=lambda header: _place(batch.letters.get(header, ""))):
        cells = [_plain(cell) for cell in batch.columns[header]]
        if header in labels:
            found.update(index for index, cell in enumerate(cells) if type(cell) is str and ends[cell])
        else:
            begun = [index for index in pending if type(cell := cells[index]) is str and ends[cell]]
            found.update(index for index in begun if not _has_label(batch, index, labels))
        pending = [index for index in pending if (cell := cells[index]) is None or (type(cell) is str and blanks[cell])]
    return found


def _has_label(batch: Batch, index: int, labels: frozenset[str]) -> bool:
    cells = (_plain(batch.columns[header][index]) for header in labels if header in batch.columns)
    return any(cell is not None and not (isinstance(cell, str) and not squeeze(cell)) for cell in cells)


def _plain(cell: CellValue) -> CellValue:
    return cell.value if type(cell) is Merged else cell


def _place(letter: str) -> tuple[int, str]:
    # AA comes after Z; a column without a letter comes last
    return (len(letter), letter) if letter else (len("XFD") + 1, "")
