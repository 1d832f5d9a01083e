"""Workbooks of Excel 97 to 2003 (.xls), opened by xlrd (extra ``xls``), which gives values with their formats."""

from __future__ import annotations

import importlib.util
import io
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from wdh.errors import DataError, SetupError
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.others import OtherBook
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.styles import Styles, make_styles
from wdh.workbook.rows.blocks import Reader
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.style_runs import StyleRuns
from wdh.workbook.survey.surveying import Survey
from wdh.workbook.xls.rows import XlsRows, find_uncached, is_calculated

_LIBRARY: Final = "xlrd"
_LONGEST: Final = 200
_Result = TypeVar("_Result")


def open_xls(path: Path, limits: Limits) -> OtherBook:
    """Open a workbook. DataError where it is damaged, protected or too large; SetupError without the library."""
    if importlib.util.find_spec(_LIBRARY) is None:
        message = say(
            '{name}: is an old .xls workbook, and its reader is not installed. Run pip install "wdh[xls]", '
            "or open the file in Excel and save it as .xlsx.",
            name=path.name,
        )
        raise SetupError(message, file=str(path))
    if path.stat().st_size > limits.part_bytes:
        message = say(
            "{name}: has over {most} MiB. Do not trust it; where it is what it should be, raise "
            "limits.part_mib in data_sources.yml.",
            name=path.name,
            most=limits.part_bytes >> 20,
        )
        raise DataError(message, file=str(path), limit="part_mib")
    book = _read_safely(path, partial(_open_book, path))
    styles = _read_safely(path, partial(_read_styles, book))
    sheets = tuple(
        SheetPart(name, str(place), has_cells=True, is_hidden=bool(hidden), has_usual_name=True)
        for place, (name, hidden) in enumerate(zip(book.sheet_names(), book._sheet_visibility, strict=True))
    )
    if not sheets:
        raise DataError(
            say("{name}: has no worksheet. Open it in Excel and save it as .xlsx.", name=path.name), file=str(path)
        )
    calculated = is_calculated(book.mem, book.base)
    contents = Contents(sheets, None, styles, True, bool(book.datemode), calculated, False, None)
    return OtherBook("xls", contents, partial(_open_sheet, path, book, contents))


def _open_book(path: Path) -> Any:
    import xlrd

    # By its bytes: a mapped file that is cut off meanwhile ends the process. The library writes warnings somewhere.
    return xlrd.open_workbook(
        file_contents=path.read_bytes(),
        logfile=io.StringIO(),
        formatting_info=True,
        on_demand=True,
        ragged_rows=True,
    )


def _read_styles(book: Any) -> Styles:
    own = {entry.format_key: entry.format_str for entry in book.format_list}
    return make_styles(own, [style.format_key for style in book.xf_list])


def _open_sheet(path: Path, book: Any, contents: Contents, part: SheetPart) -> tuple[Survey, Reader]:
    place = int(part.member)
    sheet = _read_safely(path, partial(book.sheet_by_index, place))
    uncached = _read_safely(path, partial(find_uncached, book.mem, book._sh_abs_posn[place], contents.is_calculated))
    survey = Survey(
        array("I", sorted(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)),
        tuple(Area(top + 1, bottom, left, right - 1) for top, bottom, left, right in sheet.merged_cells),
        StyleRuns(),
        styled=True,
        unfit=None,
        hidden_columns=tuple(_hidden_columns(sheet.colinfo_map.items())),
        last_row=sheet.nrows,
        kept_from=0,
    )
    return survey, XlsRows(sheet, contents, uncached)


def _hidden_columns(columns: Iterable[tuple[int, Any]]) -> Iterator[range]:
    return (range(column, column + 1) for column, info in sorted(columns, key=lambda one: one[0]) if info.hidden)


def _read_safely(path: Path, read: Callable[[], _Result]) -> _Result:
    """Turn every error of the library into a DataError: on a damaged file it raises whatever it runs into."""
    try:
        return read()
    except (DataError, MemoryError):
        raise
    except Exception as error:
        what = " ".join(f"{error}".split())[:_LONGEST] or type(error).__name__
        if "encrypted" in what.lower():
            message = say(
                "{name}: is protected by a password. Open it in Excel, remove the password, and save it.",
                name=path.name,
            )
        else:
            message = say(
                "{name}: is no sound .xls workbook ({what}). Open it in Excel and save it as .xlsx.",
                name=path.name,
                what=what,
            )
        raise DataError(message, file=str(path)) from error
