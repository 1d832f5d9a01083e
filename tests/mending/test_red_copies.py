"""The red workbook of an .xlsx has all cells and formats of the original, one column to the right, and no macros."""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from support.reds import convert, fault, load, needs_office, red_cells, rewrite, send_one
from support.workbooks import STRICT_MAIN, sheet_xml, write_package

from wdh.mending.mark import MARK_SHEET, is_header, read_state

SHEET = "明细 '24"
FIRST = datetime.datetime.combine(datetime.date(1970, 1, 1), datetime.time.min)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12),
    st.sampled_from(["=1+1", "+86", "-", "@x", "_x0041_", "a\nb", " 空 ", "<b>&amp;</b>", "#N/A", "]]>", "0012"]),
)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200),
    st.booleans(),
    st.datetimes(FIRST, FIRST.replace(year=2090)).map(lambda at: at.replace(microsecond=0)),
)
FORMATS = st.sampled_from(
    ["General", "@", "0.00", "yyyy-mm-dd", "#,##0.00_);[Red]\\(#,##0.00\\)", "0000", 'yyyy"年"m"月"']
)
ROWS = st.lists(st.lists(st.tuples(VALUES, FORMATS), max_size=5), min_size=1, max_size=6)


def write_random(path: Path, rows: Sequence[Sequence[tuple[Any, str]]]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = SHEET
    page.append(["月份", "代码", "金额"])
    page.append([1, 2, 3])
    for number, row in enumerate(rows, start=3):
        for column, (value, shown) in enumerate(row, start=1):
            cell = page.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            is_day = not isinstance(value, (int, float)) or 1 <= value < 2_000_000 or "y" not in shown
            cell.number_format = shown if is_day else "General"
    book.save(path)
    return path


def cells_of(page: Any, *, by: int) -> dict[str, tuple[Any, str]]:
    return {
        f"{get_column_letter(cell.column - by)}{cell.row}": (cell.value, cell.number_format)
        for row in page.iter_rows(min_col=1 + by)
        for cell in row
        if cell.value is not None
    }


def respell(xml: bytes) -> bytes:
    """Write the same sheet so that its bytes cannot be copied."""
    return xml.replace(b'<c r="', b'<c   r="').replace(b"<row ", b"<row\n")


@pytest.mark.parametrize("is_odd", [False, True])
@settings(deadline=None, max_examples=40)
@given(rows=ROWS)
def test_every_cell_is_one_column_to_the_right_with_its_value_and_format(
    rows: Sequence[Sequence[tuple[Any, str]]], is_odd: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = write_random(Path(name) / "原.xlsx", rows)
        if is_odd:
            rewrite(path, "xl/worksheets/sheet1.xml", respell)
        red = load(send_one(path, [fault(path.name, SHEET, "B2")], sheet=SHEET))
        assert cells_of(red[SHEET], by=1) == cells_of(load(path)[SHEET], by=0)
        assert red_cells(red[SHEET]) == {"C2"}
        for row in red[SHEET].iter_rows(min_col=2):
            for cell in row:
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                    assert cell.quotePrefix


def write_rich(path: Path) -> Path:
    """Write a sheet that has one of each of what must move."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = SHEET
    page["A1"] = "2024年11月 业绩明细"
    page["A1"].font = Font(name="SimHei", size=16, bold=True)
    page.merge_cells("A1:D1")
    for place, header in enumerate(["月份", "代码", "金额", "备注"], start=1):
        cell = page.cell(3, place, header)
        cell.fill = PatternFill("solid", fgColor="FF1F4E78")
        cell.border = Border(bottom=Side("thick"))
        cell.alignment = Alignment(horizontal="center", wrap_text=True)
    for row in range(4, 14):
        page.append([FIRST.replace(year=2024, month=11, day=row), f"{row:04d}", row * 1.5, f"=C{row}*2"])
        page.cell(row, 1).number_format = "yyyy-mm"
        page.cell(row, 3).number_format = "#,##0.00"
    page["C5"].protection = Protection(locked=True)
    page["D6"] = "-"
    page["D7"] = "@某"
    page.merge_cells("B9:B11")
    page.column_dimensions["B"].width = 31
    page.column_dimensions["D"].hidden = True
    page.row_dimensions[3].height = 33
    page.row_dimensions[8].hidden = True
    page.freeze_panes = "B4"
    page.auto_filter.ref = "A3:D13"
    page["B6"].comment = Comment("请核对", "张三")
    page["B7"].hyperlink = "https://example.com/x"
    page["B8"].hyperlink = Hyperlink("B8", location="'明细 ''24'!C4")
    for formula, area in (('"是,否"', "D4:D13"), ("$B$4:$B$13", "B4:B13"), ("Other!$A$1:$A$3", "C4:C13")):
        validation = DataValidation(type="list", formula1=formula)
        validation.add(area)
        page.add_data_validation(validation)
    yellow = PatternFill("solid", bgColor="FFFFFF00")
    page.conditional_formatting.add("C4:C13", CellIsRule(operator="greaterThan", formula=["$C$5"], fill=yellow))
    page.conditional_formatting.add("A4:D13", FormulaRule(formula=['AND($C4>7,$B4<>"")'], fill=yellow))
    page.conditional_formatting.add("C4:C13", ColorScaleRule("min", None, "FFFFFFFF", "max", None, "FF63BE7B"))
    page.conditional_formatting.add("D4:D13", FormulaRule(formula=["Other!$A$1>0"], fill=yellow))
    page.print_area = "A1:D13"
    page.print_title_rows = "3:3"
    page.protection.sheet = True
    page.page_setup.orientation = "landscape"
    book.create_sheet("Other")["A1"] = "geheim"
    book.defined_names["代码表"] = DefinedName("代码表", attr_text="Other!$A$1:$A$3")
    book.save(path)
    return path


def with_results(xml: bytes) -> bytes:
    """Give the formulas of a sheet results, which openpyxl does not write."""
    return xml.replace(b"</f><v></v>", b"</f><v>21</v>").replace(b"</f><v />", b"</f><v>21</v>")


@pytest.fixture
def rich(tmp_path: Path) -> tuple[Path, Path]:
    path = rewrite(write_rich(tmp_path / "原.xlsx"), "xl/worksheets/sheet1.xml", with_results)
    rejects = [fault(path.name, SHEET, cell, reason) for cell, reason in (("C5", "not_a_number"), ("B10", "too_long"))]
    return path, send_one(path, [*rejects, fault(path.name, SHEET, 12, "own_code")], sheet=SHEET, header=3)


def test_formats_move_with_their_cells(rich: tuple[Path, Path]) -> None:
    old, new = (openpyxl.load_workbook(path)[SHEET] for path in rich)
    for row in old.iter_rows():
        for cell in row:
            moved = new.cell(cell.row, cell.column + 1)
            if moved.coordinate not in ("D5", "C9"):  # those are red
                assert repr(moved.fill) == repr(cell.fill)
            assert [repr(moved.font), repr(moved.border)] == [repr(cell.font), repr(cell.border)]
            assert repr(moved.alignment) == repr(cell.alignment)
            assert moved.number_format == cell.number_format
    assert (new.column_dimensions["C"].width, new.column_dimensions["E"].hidden) == (31, True)
    assert (new.row_dimensions[3].height, new.row_dimensions[8].hidden) == (33, True)
    assert new.freeze_panes == "C4"
    assert new.auto_filter.ref == "B3:E13"
    assert {area.coord for area in new.merged_cells.ranges} == {"B1:E1", "C9:C11"}
    assert new.page_setup.orientation == "landscape"
    place = SHEET.replace("'", "''")
    assert (new.print_area, new.print_title_rows) == (f"'{place}'!$B$1:$E$13", "$3:$3")


def test_validations_conditions_and_links_move_and_those_of_other_sheets_are_left_out(rich: tuple[Path, Path]) -> None:
    page = openpyxl.load_workbook(rich[1])[SHEET]
    validations = {str(each.sqref): each.formula1 for each in page.data_validations.dataValidation}
    assert validations == {"E4:E13": '"是,否"', "C4:C13": "$C$4:$C$13"}
    rules = {
        (str(area.sqref), tuple(rule.formula))
        for area, own in page.conditional_formatting._cf_rules.items()
        for rule in own
    }
    assert rules == {("D4:D13", ("$D$5",)), ("D4:D13", ()), ("B4:E13", ('AND($D4>7,$C4<>"")',))}
    links = {cell.coordinate: cell.hyperlink.location for row in page.iter_rows() for cell in row if cell.hyperlink}
    assert links == {"C8": "'明细 ''24'!D4"}
    assert not page.protection.sheet


def test_the_cells_to_mend_are_red_and_say_why(rich: tuple[Path, Path]) -> None:
    page = openpyxl.load_workbook(rich[1])[SHEET]
    assert red_cells(page) == {"D5", "C9"}  # B10 is hidden by the range that begins in B9
    told = page["D5"].comment.text
    assert told == (
        "Not a number [wdh]\n'x' is wrong: write another value.\nRead in the column 列: x\n"
        "Accepted: digits, such as 1234.50."
    )
    assert page["C6"].comment.text == "请核对"
    assert page["C6"].comment.author == "张三"
    assert page["A12"].comment.text.startswith("own_code [wdh]\nThe row is wrong")


def test_the_first_column_names_each_row_and_its_state(rich: tuple[Path, Path]) -> None:
    page = load(rich[1])[SHEET]
    assert is_header(page["A3"].value)
    assert [page.cell(row, 1).value for row in (1, 2, 4, 5, 6)] == [
        None,
        None,
        "in order #4",
        "to mend #5",
        "in order #6",
    ]
    assert [read_state(page.cell(row, 1).value) for row in range(4, 14)] == [str(row) for row in range(4, 14)]


def test_formulas_are_the_values_that_they_showed(rich: tuple[Path, Path]) -> None:
    assert load(rich[1])[SHEET]["E4"].value == 21
    assert openpyxl.load_workbook(rich[1])[SHEET]["E4"].value == 21


def test_the_summary_leads_to_each_cell_and_tells_what_is_left_out(rich: tuple[Path, Path]) -> None:
    book = load(rich[1])
    assert book.sheetnames == [SHEET, "To mend", MARK_SHEET]
    assert [page.sheet_state for page in book] == ["visible", "visible", "hidden"]
    summary = book["To mend"]
    links = {row[0].value: row[0].hyperlink.location for row in summary.iter_rows() if row[0].hyperlink}
    assert links == {f"{SHEET}!{cell}": f"'明细 ''24'!{cell}" for cell in ("D5", "C9", "A12")}
    lines = [row[0] for row in summary.iter_rows(values_only=True) if row[0]]
    assert "8 cells held formulas; they hold the values that the formulas showed." in lines
    assert [line for line in lines if line.startswith("Left out: ")] == [
        "Left out: other sheets (1)",
        "Left out: names of ranges that are not on these sheets (1)",
        "Left out: the protection of the sheet, as nobody could mend cells that are locked (1)",
        "Left out: conditional formats that use other sheets, names or functions (1)",
        "Left out: data validations that use other sheets, names or functions (1)",
        "Left out: links to files and other sheets (1)",
    ]


ACTING = {
    "xl/vbaProject.bin": b"macro",
    "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
    "xl/pivotCache/pivotCacheDefinition1.xml": b"<pivotCacheDefinition/>",
    "xl/pivotTables/pivotTable1.xml": b"<pivotTableDefinition/>",
    "xl/printerSettings/printerSettings1.bin": b"printer",
    "xl/drawings/drawing1.xml": b"<wsDr/>",
    "xl/connections.xml": b"<connections/>",
    "customXml/item1.xml": b"<geheim/>",
    "docProps/custom.xml": b"<Properties/>",
}


def test_nothing_that_acts_or_belongs_to_other_sheets_is_in_the_package(tmp_path: Path) -> None:
    path = write_rich(tmp_path / "原.xlsm")
    with zipfile.ZipFile(path, "a") as package:
        for name, content in ACTING.items():
            package.writestr(name, content)
    new = send_one(path, [fault(path.name, SHEET, "C5")], sheet=SHEET, header=3)
    with zipfile.ZipFile(new) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert not {name for name in parts if name.rpartition("/")[2] in {each.rpartition("/")[2] for each in ACTING}}
    assert not [
        name for name, content in parts.items() if b"geheim" in content or b"External" in content or b"<f>" in content
    ]
    lines = [row[0] for row in load(new)["To mend"].iter_rows(values_only=True) if row[0]]
    assert {"Left out: macros (1)", "Left out: pivot tables (1)", "Left out: custom data (XML) (1)"} <= {*lines}


ODD = {
    "no_names": '<row><c t="inlineStr"><is><t>月份</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>',
    "split_rows": '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row><row r="2"><c r="A2"><v>1</v></c>'
    '</row><row r="2"><c r="B2"><v>2</v></c></row>',
    "no_order": '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row><row r="2"><c r="B2"><v>2</v></c>'
    '<c r="A2"><v>1</v></c></row>',
    "comments": '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row><!-- no row --><row r="2">'
    '<c r="A2"><v>1</v></c><c r="B2"><v>2</v></c></row>',
    "quotes": "<row r='1'><c r='A1' t='inlineStr'><is><t>月份</t></is></c></row><row r='2'><c r='A2'><v>1</v></c>"
    "<c r='B2' s='0'><v> 2 </v></c></row>",
    "styles_that_are_not_there": '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row><row r="2">'
    '<c r="A2" s="77"><v>1</v></c><c r="B2" s="999"><v>2</v></c></row>',
}


@pytest.mark.parametrize("how", ODD)
def test_sheets_that_are_written_in_odd_ways_are_copied_too(tmp_path: Path, how: str) -> None:
    path = write_package(tmp_path / "odd.xlsx", {"s": sheet_xml(ODD[how])}, formats=["General"])
    page = load(send_one(path, [fault(path.name, "s", "B2")], sheet="s"))["s"]
    assert [[cell.value for cell in row] for row in page["B1:C2"]] == [["月份", None], [1, 2]]
    assert red_cells(page) == {"C2"}


def test_a_strict_package_and_prefixes_become_usual(tmp_path: Path) -> None:
    rows = (
        '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>'
    )
    path = write_package(
        tmp_path / "strict.xlsx",
        {"s": sheet_xml(rows, prefix="x", namespace=STRICT_MAIN)},
        shared=["<t>月份</t>", "<t>unused</t>"],
        strict=True,
    )
    new = send_one(path, [fault(path.name, "s", "A2")], sheet="s")
    assert [cell.value for cell in load(new)["s"]["B"]] == ["月份", 1]
    assert b"unused" not in zipfile.ZipFile(new).read("xl/sharedStrings.xml")


def test_damaged_cells_stay_readable_and_errors_stay_errors(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row><row r="2"><c r="A2"><v>1,5</v></c>'
        '<c r="B2" t="e"><v>#N/A</v></c><c r="C2" t="e"><v>Err:502</v></c><c r="D2"><v>1E999</v></c>'
        '<c r="E2" t="s"><v>77</v></c><c r="F2" t="str"><v>=x</v></c><c r="G2" t="b"><v>true</v></c></row>'
    )
    path = write_package(tmp_path / "odd.xlsx", {"s": sheet_xml(rows)})
    row = load(send_one(path, [fault(path.name, "s", "A2")], sheet="s"))["s"][2]
    assert [(cell.value, cell.data_type) for cell in row[1:]] == [
        ("1,5", "s"),
        ("#N/A", "e"),
        ("#VALUE!", "e"),
        ("#NUM!", "e"),
        ("77", "s"),
        ("=x", "s"),
        (True, "b"),
    ]


def test_cells_past_the_last_column_are_left_out_and_told(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>月份</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2" s="1"/></row>'
    )
    path = write_package(tmp_path / "wide.xlsx", {"s": sheet_xml(rows)}, formats=["0.00"])
    book = load(send_one(path, [fault(path.name, "s", "A2")], sheet="s"))
    assert book["s"].max_column == 2
    assert "Left out: cells past the last column (1)" in [row[0] for row in book["To mend"].iter_rows(values_only=True)]


@needs_office
@pytest.mark.once
def test_libreoffice_shows_the_same(rich: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = load(rich[0])[SHEET], openpyxl.load_workbook(convert(rich[1], tmp_path))
    page = new[SHEET]
    assert cells_of(page, by=1).keys() == cells_of(old, by=0).keys()
    assert {name: cell[0] for name, cell in cells_of(page, by=1).items()} == {
        name: cell[0] for name, cell in cells_of(old, by=0).items()
    }
    assert red_cells(page) == {"D5", "C9"}
    assert page["D5"].comment.text.startswith("Not a number [wdh]")
    assert new[MARK_SHEET].sheet_state == "hidden"
    assert sum(1 for cell in new["To mend"]["A"] if cell.hyperlink) == 3
