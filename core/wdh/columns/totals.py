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


def find_ends(batch: Batch, words: TotalWords) -> set[int]:
    """Find the rows (by index) whose first cell that is not blank ends with a total word."""
    found: set[int] = set()
    if not words.words:
        return found
    verdicts: Memo[str, bool | None] = Memo(lambda text: words.end(bare) if (bare := squeeze(text)) else None)
    pending: Sequence[int] = range(len(batch))
    for header in sorted(batch.columns, key=lambda header: _place(batch.letters.get(header, ""))):
        cells = [_plain(cell) for cell in batch.columns[header]]
        found.update(index for index in pending if type(cell := cells[index]) is str and verdicts[cell])
        pending = [index for index in pending if _is_blank(cells[index], verdicts)]
        if not pending:
            break
    return found


def _plain(cell: CellValue) -> CellValue:
    return cell.value if type(cell) is Merged else cell


def _is_blank(cell: CellValue, verdicts: Memo[str, bool | None]) -> bool:
    return cell is None or (type(cell) is str and verdicts[cell] is None)


def _place(letter: str) -> tuple[int, str]:
    # AA comes after Z; a column without a letter comes last
    return (len(letter), letter) if letter else (len("XFD") + 1, "")
