"""Turns blocks of rows into batches: without blank rows, with merged ranges filled in and number formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy

from wdh.facts import Batch
from wdh.facts.cells import CellValue, Merged, column_letter
from wdh.words.blanks import MAY_BE_BLANK, UNSEEN, is_blank
from wdh.workbook.package.styles import Styles
from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.headers import Header, unnamed
from wdh.workbook.rows.merges import Merges
from wdh.workbook.survey.style_runs import StyleRuns

_NUMBERS = frozenset((int, float))
_NUMERIC = frozenset((*_NUMBERS, Merged))
_TEXTUAL = frozenset((str, Merged))

Column = Sequence[CellValue]


class Layout:
    """Makes batches of the rows of one sheet, by its header, styles, hidden rows and totals rows.

    ``added`` columns stand in front of those that are read.
    """

    def __init__(
        self,
        file: str,
        sheet: str,
        *,
        header: Header,
        styles: Styles,
        runs: StyleRuns,
        hidden: Iterable[int],
        totals: frozenset[int],
        added: int = 0,
    ) -> None:
        self._file, self._sheet = file, sheet
        self._header, self._styles, self._runs = header, styles, runs
        self._telling = {style: styles.formats[style] for style in styles.telling}
        self._texting = {style: styles.formats[style] for style in styles.texting}
        self._hidden, self._totals = frozenset(hidden), totals
        self._last = header.row
        self._added = added

    @property
    def width(self) -> int:
        """How many columns there are up to the last one that has a header."""
        return max((place for place, name in enumerate(self._header.names, start=1) if name is not None), default=0)

    def from_row(self, first: int) -> Layout:
        """Give the layout of the rows from ``first`` on, independent of those above."""
        lower = copy(self)
        lower._last = first - 1
        return lower

    def make_batch(self, rows: Block) -> Batch:
        """Make a batch of the next filled rows. The numbers that they skip are blank rows."""
        blank = rows.numbers[-1] - self._last - len(rows.numbers)
        self._last = rows.numbers[-1]
        repeats = self._header.find_repeats(rows)
        repeated = tuple(rows.numbers[place] for place in sorted(repeats))
        if repeats:
            rows = rows.select([place not in repeats for place in range(len(rows))])
        columns: list[Column] = [*rows.columns]
        columns += [[None] * len(rows)] * (len(self._header.names) - len(columns))
        columns = [self._clear(*entry) for entry in enumerate(columns)]
        named = list(self._name(columns))
        return Batch(
            file=self._file,
            sheet=self._sheet,
            row_numbers=rows.numbers,
            columns={name: columns[index] for index, name in named},
            letters={name: column_letter(index + self._added) for index, name in named},
            formats=dict(self._formats(named, columns, rows)),
            blank=blank,
            hidden=len(self._hidden.intersection(rows.numbers)),
            totals=self._totals.intersection(rows.numbers),
            repeated=repeated,
            header_row=self._header.row,
        )

    def _clear(self, index: int, column: Column) -> Column:
        """Empty the blank texts of a column without header, so that its batches do not depend on where they are cut."""
        if index < len(self._header.names) and self._header.names[index] is not None:
            return column
        return [None if is_blank(cell) else cell for cell in column]

    def _name(self, columns: Sequence[Column]) -> Iterator[tuple[int, str]]:
        names = self._header.names
        for index, column in enumerate(columns):
            name = names[index] if index < len(names) else None
            if name is not None:
                yield index, name
            elif not all(map(is_blank, column)):
                yield index, unnamed(index)

    def _formats(
        self, named: Sequence[tuple[int, str]], columns: Sequence[Column], rows: Block
    ) -> Iterator[tuple[str, Sequence[str | None]]]:
        styles = self._styles_by_run(columns, rows) if rows.styles is None else dict(enumerate(rows.styles))
        for index, name in named:
            own = styles.get(index)
            if own is not None and not (self._styles.telling | self._styles.texting).isdisjoint(own):
                formats = self._format(columns[index], own)
                if any(text is not None for text in formats):
                    yield name, formats

    def _styles_by_run(self, columns: Sequence[Column], rows: Block) -> Mapping[int, Sequence[int]]:
        """Look up the styles of a reader that gives none: a merged cell has that of the first of its range."""
        if not self._runs:
            return {}
        styles = {index: self._runs.of(index, rows.numbers) for index in self._runs.columns}
        for index in rows.merged:
            own = styles.setdefault(index, [0] * len(rows))
            for place, cell in enumerate(columns[index]):
                if isinstance(cell, Merged):
                    own[place] = self._runs.of_area(cell.area)
        return styles

    def _format(self, column: Column, styles: Sequence[int]) -> list[str | None]:
        kinds = set(map(type, column))
        texting = {} if kinds.isdisjoint(_TEXTUAL) or self._styles.texting.isdisjoint(styles) else self._texting
        if kinds.isdisjoint(_NUMERIC) and not texting:
            return []
        plain = [cell.value if type(cell) is Merged else cell for cell in column] if Merged in kinds else column
        telling = self._telling
        if not texting:
            return [
                telling.get(style) if type(cell) in _NUMBERS else None
                for cell, style in zip(plain, styles, strict=True)
            ]
        known: Mapping[type, Mapping[int, str]] = {int: telling, float: telling, str: texting}
        return [known.get(type(cell), {}).get(style) for cell, style in zip(plain, styles, strict=True)]


def select_rows(block: Block, merges: Merges) -> Block:
    """Leave out the blank rows of a block, and fill the merged ranges in.

    A row is blank by its own cells alone: the lower rows of ranges that are merged all across are no rows.
    """
    blank: Sequence[int] = range(len(block))
    for column in block.columns:
        if not blank:
            break
        # is_blank() written out, as a call takes three times as long: this looks at every row.
        cells = ((place, column[place]) for place in blank)
        blank = [
            place
            for place, cell in cells
            if cell is None or (type(cell) is str and cell[:1] in MAY_BE_BLANK and not cell.strip(UNSEEN))
        ]
    if blank:
        passed_over = frozenset(blank)
        block = block.select([place not in passed_over for place in range(len(block))])
    return merges.fill(block) if merges else block
