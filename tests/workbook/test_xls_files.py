"""Old workbooks (.xls): every cell arrives with its format, as from the same sheet in .xlsx."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from wdh.errors import DataError, SetupError
from wdh.facts.cells import UNCACHED, Merged
from wdh.settings import Limits
from wdh.workbook import Workbook, open_sheet
from wdh.workbook.xls import opening as xls

SHOPS = Path(__file__).parent / "files" / "shops.xls"


def test_every_cell_arrives_with_its_format() -> None:
    with Workbook(SHOPS) as book:
        assert book.sheets == ("销售",)
    with open_sheet(SHOPS, sheet="销售") as sheet:
        (batch,) = sheet.batches()
        notes = {note.code: dict(note.cases) for note in sheet.notes(3)}
    december = datetime.datetime(2024, 12, 5)  # noqa: DTZ001 - as sheets have them
    shop = Merged("南京路", "C3:C4")
    assert {name: list(cells) for name, cells in batch.columns.items()} == {
        "月度": [december, 202412, 202412],
        "店号": [12, "0013", 14],
        "名称": [shop, shop, " 解放碑 "],
        "金额": [1234.5, 10936191575.21, UNCACHED],
        "毛利": [0.0536, None, None],
        "营业": [True, None, None],
    }
    assert batch.formats == {
        "店号": ["0000", None, None],
        "金额": ["#,##0.00", None, None],
        "毛利": ["0.00%", None, None],
    }
    assert (sheet.reader, sheet.header_row, list(batch.row_numbers), batch.hidden) == ("xls", 2, [3, 4, 5], 1)
    assert notes == {"hidden_columns": {"shops.xls, sheet 销售, E (毛利)": 3}}


def test_a_hidden_sheet_is_read_by_its_name() -> None:
    with open_sheet(SHOPS, sheet="旧") as sheet:
        assert [note.code for note in sheet.notes(1)] == ["hidden_sheet"]


def test_an_old_workbook_called_xlsx_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    shutil.copy(SHOPS, path)
    with open_sheet(path, sheet=0) as sheet:
        (note, _) = sheet.notes(1)
    assert (note.code, dict(note.cases)) == ("misnamed_file", {"a.xlsx: an old workbook (.xls)": 1})


@pytest.mark.parametrize("cut", [600, 2048, 4000])
def test_an_old_workbook_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(SHOPS.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"a\.xls: is no sound \.xls workbook \("):
        Workbook(path)


def test_without_the_reader_the_advice_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xls, "_LIBRARY", "no_such_library")
    with pytest.raises(
        SetupError, match=r'is an old \.xls workbook, and its reader is not installed\. Run pip install "wdh'
    ):
        Workbook(SHOPS)


def test_an_old_workbook_over_the_limit_is_refused() -> None:
    with pytest.raises(DataError, match=r"raise limits\.part_mib"):
        Workbook(SHOPS, limits=Limits(part_bytes=1000))
