"""A sheet to which one column was added in front: it is read as if that were not there, and its cells are kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator

from msgspec.structs import replace

from wdh.facts import Note
from wdh.facts.cells import CellValue
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.surveying import Survey

IsHeader = Callable[[CellValue], bool]
"""Says whether a cell is the header of the added column."""


class WithoutFirst:
    """Reads a sheet without its first column, whose cells are put into ``cells`` by the number of their row."""

    def __init__(self, reader: Reader, cells: dict[int, CellValue]) -> None:
        self._reader, self._cells = reader, cells

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        return self._reader.faults

    def notes(self, place: str, rows: int) -> Iterable[Note]:
        """Give the notes of the reader itself."""
        return self._reader.notes(place, rows)

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows without the column."""
        for block in self._reader.blocks(size):
            if block.columns:
                cells = zip(block.numbers, block.columns[0], strict=True)
                self._cells.update((number, cell) for number, cell in cells if cell is not None)
            styles = None if block.styles is None else block.styles[1:]
            yield replace(block, columns=block.columns[1:], styles=styles)


def shift_survey(survey: Survey) -> Survey:
    """Give the survey of a sheet as if its first column were not there."""
    return replace(
        survey,
        areas=tuple(_shift_areas(survey.areas)),
        runs=survey.runs.without_first(),
        hidden_columns=tuple(range(max(each.start - 1, 0), max(each.stop - 1, 0)) for each in survey.hidden_columns),
    )


def _shift_areas(areas: Iterable[Area]) -> Iterator[Area]:
    for area in areas:
        if area.right > 0:
            yield replace(area, left=max(area.left - 1, 0), right=area.right - 1)
