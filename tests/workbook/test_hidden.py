"""Hidden sheets are read where they are named only; hidden columns are read, and both are told of."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from support.workbooks import SHEET, sheet_xml, text_xml, write_package

from wdh.errors import DataError
from wdh.facts import Note
from wdh.workbook import list_sheets, open_sheet


def rows(name: str) -> str:
    def cell(place: str, text: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is>{text_xml(text)}</is></c>'

    head = f'<row r="1">{cell("A1", name)}{cell("B1", "额")}{cell("D1", "注")}</row>'
    return head + f'<row r="2">{cell("A2", "甲")}<c r="B2"><v>5</v></c>{cell("D2", "x")}</row>'


def write(folder: Path, states: dict[str, str], *, kinds: dict[str, str] | None = None) -> Path:
    """Write a workbook whose sheets are in these states (name to state, "" for none) and of these kinds."""
    path = folder / "一.xlsx"
    xml = {name: sheet_xml(rows(name)) for name in states}
    write_package(path, xml)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    for number, (name, state) in enumerate(states.items(), start=1):
        mark = f' state="{state}"' if state else ""
        parts[book] = parts[book].replace(f'<sheet name="{name}"', f'<sheet name="{name}"{mark}')
        kind = (kinds or {}).get(name, "worksheet")
        parts[links] = parts[links].replace(
            f'/worksheet" Target="worksheets/sheet{number}.xml', f'/{kind}" Target="worksheets/sheet{number}.xml'
        )
    return write_package(path, xml, members=dict(parts))


def read(path: Path, sheet: str | int, *, reader: str, required: tuple[str, ...] = ()) -> tuple[str, list[Note]]:
    with open_sheet(path, sheet=sheet, reader=reader, required_columns=required) as opened:  # type: ignore[arg-type]
        count = sum(map(len, opened.batches()))
        return opened.sheet, [*opened.notes(count)]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_counted_and_is_read_by_its_name_with_a_note(
    tmp_path: Path, reader: str, state: str
) -> None:
    path = write(tmp_path, {"旧": state, "新": "", "再": state, "后": "visible"})
    assert list_sheets(path) == ("新", "后")
    assert read(path, 0, reader=reader) == ("新", [])
    assert read(path, 1, reader=reader) == ("后", [])
    name, (note,) = read(path, "旧", reader=reader)
    assert (name, note.code, dict(note.cases)) == ("旧", "hidden_sheet", {"一.xlsx, sheet 旧": 1})
    with pytest.raises(DataError, match=r"no visible sheet number 2 .*旧 \(hidden\), 新, 再 \(hidden\), 后"):
        read(path, 2, reader=reader)


def test_a_state_that_no_workbook_has_hides_nothing(tmp_path: Path, reader: str) -> None:
    path = write(tmp_path, {"旧": "show", "新": ""})
    name, notes = read(path, 0, reader=reader)
    assert (name, {note.code for note in notes} - {"read_by_openpyxl"}) == ("旧", set())


def test_a_workbook_of_hidden_sheets_only_has_none_to_count(tmp_path: Path, reader: str) -> None:
    path = write(tmp_path, {"旧": "hidden"})
    with pytest.raises(DataError, match=r"Its sheets: 旧 \(hidden\)"):
        read(path, 0, reader=reader)


@pytest.mark.parametrize("kind", ["chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"])
def test_what_is_no_worksheet_is_never_counted(tmp_path: Path, reader: str, kind: str) -> None:
    path = write(tmp_path, {"图": "", "数据": ""}, kinds={"图": kind})
    assert read(path, 0, reader=reader)[0] == "数据"
    with pytest.raises(DataError, match="is no worksheet"):
        read(path, "图", reader=reader)


@pytest.mark.parametrize(
    "columns",
    [
        '<cols><col min="1" max="1" width="9"/><col min="2" max="3" width="9" hidden="1"/></cols>',
        '<cols><col hidden="true" max="2" min="2"/></cols>',
        '<cols><col min="2" max="2" width="0" customWidth="1"/></cols>',
    ],
)
def test_hidden_columns_that_are_read_are_noted(tmp_path: Path, reader: str, columns: str) -> None:
    """A column without a header is not read, nor is one that nobody asks for where it is known what is asked for."""
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows("名"), before=columns))
    _, (note,) = read(path, SHEET, reader=reader)
    assert (note.code, dict(note.cases)) == ("hidden_columns", {f"一.xlsx, sheet {SHEET}, B (额)": 1})
    assert read(path, SHEET, reader=reader, required=("名",)) == (SHEET, [])
    assert len(read(path, SHEET, reader=reader, required=("额",))[1]) == 1


def test_hidden_columns_to_the_end_of_the_sheet_cost_nothing(tmp_path: Path, reader: str) -> None:
    columns = '<cols><col min="4" max="999999999999" hidden="1"/></cols>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows("名"), before=columns))
    _, (note,) = read(path, SHEET, reader=reader)
    assert dict(note.cases) == {f"一.xlsx, sheet {SHEET}, D (注)": 1}
