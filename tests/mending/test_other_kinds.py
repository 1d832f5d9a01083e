"""A workbook goes back for an .ods or .xls, or its sender saves it as such: by LibreOffice itself."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from mending.conftest import SHEET, Desk
from support.reds import convert, needs_office

from wdh.mending.mark import MARK_SHEET

pytestmark = [pytest.mark.once, needs_office]

BAD: Final = ["2024-11", "9999", "坏店", "上海", "许多", None]
DAY: Final = datetime.datetime(2024, 1, 31)  # noqa: DTZ001 - as a cell has it
CELLS: Final[Sequence[tuple[Any, str]]] = (
    (DAY, "yyyy-mm-dd"),
    (DAY.replace(hour=13, minute=45, second=33), "yyyy-mm-dd hh:mm:ss"),
    (DAY.replace(hour=23, minute=59, second=59, microsecond=999_500), "yyyy-mm-dd hh:mm:ss"),
    (DAY, 'yyyy"年"m"月"'),
    (datetime.datetime(9999, 12, 31), "yyyy-mm-dd"),  # noqa: DTZ001 - as above
    (datetime.time(9, 30, 15), "hh:mm:ss"),
    (datetime.time(21, 30), "h:mm AM/PM"),
    (datetime.timedelta(hours=30, minutes=5, seconds=7), "[h]:mm:ss"),
    (True, ""),
    (False, ""),
    (0.1234567890123, "0.00%"),
    (1 / 3, ""),
    (0.1 + 0.2, ""),
    (123456789012345678.0, ""),
    (1e300, ""),
    (1.5e-10, "0.00E+00"),
    (-12.5, "#,##0.00"),
    (12.5, "[$¥-804]#,##0.00"),
    (12, "0000"),
    *((error, "") for error in ("#N/A", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#VALUE!", "#NULL!")),
    *((text, "@") for text in ("0012", "=1+1", "+86 10", "-x", "@you", "TRUE", "2024-01-31", "12%", "'quoted")),
    *((text, "") for text in ("a\nb", "  a   b ", "a\tb", "长" * 5_000, "a_x000B_b_x0001_c", "😀 <b>&amp;", "甲　乙")),
    ("=1+1", ""),
)
"""Values that accepted rows hold in a column that nothing reads, with their number formats; a cell has one alone."""
FILLED: Final = 4_500
"""So many rows more: the mark takes several cells then."""


def deliver(desk: Desk, *, cells: Sequence[tuple[Any, str]] = CELLS, filled: int = 0, extra: int = 0) -> Path:
    """Write a delivery whose row 3 is to be mended; the other rows are in order. ``extra`` columns are at its end."""
    rows = [["2024-11", f"{number:04d}", "店", "上海", number + 0.25, None] for number in range(len(cells) + filled)]
    path = desk.deliver("202411销售.xlsx", [BAD, *rows])
    book = openpyxl.load_workbook(path)
    page = book[SHEET]
    for row, (value, shown) in enumerate(cells, start=4):
        cell = page.cell(row, 6)
        cell.value = value
        if shown == "@":
            cell.data_type = "s"
        if shown:
            cell.number_format = shown
    for column in range(7, 7 + extra):
        page.cell(2, column, f"列{column}")
        page.cell(5, column, column)
    book.save(path)
    return path


def send(desk: Desk, file: Path) -> Path:
    """Load a delivery without its bad row, and give the workbook that goes back for it."""
    desk.load(file, mode="append", more=["--max-rejects", "1", "--report-dir", str(desk.folder / "back")])
    return desk.folder / "back" / "mend-202411销售.xlsx"


def mend(red: Path) -> Path:
    """Mend the row to mend."""
    book = openpyxl.load_workbook(red)
    book[SHEET]["F3"] = 7
    book.save(red)
    return red


def refuse(desk: Desk, file: Path, said: str) -> None:
    """Try to append a file: it is refused with these words, and nothing is written."""
    before = desk.facts()
    ended = desk.run("--execute", "--mode", "append", "--file", str(file))
    assert ended.code == 3, ended.err
    assert said in ended.err
    assert desk.facts() == before


@pytest.mark.parametrize(("sent", "back"), [("xlsx", "ods"), ("ods", "xls"), ("xls", None)])
def test_every_row_is_known_again_whatever_its_cells_are(desk: Desk, sent: str, back: str | None) -> None:
    file = deliver(desk, filled=FILLED if back == "ods" else 0)
    if sent != "xlsx":
        file = convert(file, desk.folder / "sent", sent)
    red = mend(send(desk, file))
    if back == "ods":
        assert openpyxl.load_workbook(red, read_only=True)[MARK_SHEET].max_row > 2
    loaded = len(desk.facts())
    report = desk.load(red if back is None else convert(red, desk.folder / "office", back), mode="append")
    told = {note["code"]: sum(note["cases"].values()) for note in report["notes"]}
    assert (told["mended"], told["mended_loaded"]) == (1, loaded)
    assert not {"mended_changed", "mended_gone_loaded", "mended_added"} & told.keys()
    assert len(desk.facts()) == loaded + 1
    assert ("2024-11", "9999", "坏店", "上海", "7.00") in desk.facts()


def test_a_date_before_march_1900_is_refused_where_saving_made_another_day_of_it(desk: Desk) -> None:
    day = datetime.datetime(1900, 2, 28)  # noqa: DTZ001 - as a cell has it
    red = mend(send(desk, deliver(desk, cells=[(1, ""), (day, "yyyy-mm-dd")])))
    refuse(desk, convert(red, desk.folder / "office", "ods"), "row 5: has a date before March 1900")
    desk.load(red, mode="append")
    assert len(desk.facts()) == 3


def test_a_date_of_1900_is_the_same_in_the_workbook_that_goes_back_for_an_old_one(desk: Desk) -> None:
    day = datetime.datetime(1900, 1, 1)  # noqa: DTZ001 - as a cell has it
    file = convert(deliver(desk, cells=[(day, "yyyy-mm-dd")]), desk.folder / "sent", "xls")
    assert openpyxl.load_workbook(send(desk, file))[SHEET]["G4"].value == day


def test_a_sheet_of_which_xls_lost_columns_is_refused(desk: Desk) -> None:
    red = mend(send(desk, deliver(desk, cells=CELLS[:2], extra=250)))
    refuse(desk, convert(red, desk.folder / "office", "xls"), "an .xls holds 65,536 rows and 256 columns")
    desk.load(red, mode="append")
    assert len(desk.facts()) == 3


@pytest.mark.many
@pytest.mark.parametrize(("filled", "fits"), [(5, True), (65_533, True), (65_534, False)])
def test_a_sheet_of_which_xls_lost_rows_is_refused(desk: Desk, filled: int, fits: bool) -> None:
    """Rows 4 to 65,536 are 65,533."""
    file = convert(mend(send(desk, deliver(desk, cells=(), filled=filled))), desk.folder / "office", "xls")
    if fits:
        desk.load(file, mode="append")
        assert len(desk.facts()) == filled + 1
    else:
        refuse(desk, file, "an .xls holds 65,536 rows and 256 columns")


def test_a_sheet_that_was_saved_as_csv_is_refused(desk: Desk) -> None:
    red = mend(send(desk, deliver(desk, cells=CELLS[:2])))
    page = openpyxl.load_workbook(red)[SHEET]
    path = desk.folder / "202411销售.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(page.iter_rows(values_only=True))
    refuse(desk, path, "the hidden sheet _wdh_mark is gone")
