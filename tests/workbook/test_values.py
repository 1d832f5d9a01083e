"""What a cell of a file becomes: the same from both readers, and what Excel shows."""

from __future__ import annotations

import datetime
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.readings import read_whole
from support.workbooks import SHEET, STRICT_MAIN, sheet_xml, text_xml, write_package

from wdh.cells import UNCACHED
from wdh.errors import DataError
from wdh.workbook import open_sheet

Day = datetime.datetime
FORMATS = (14, "[h]:mm:ss", "h:mm", 57, 31, 'yyyy"年"m"月"', "0000", "#,##0.00", '"C"0000', 10, "@", "0", "[Red]0")
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>值</t></is></c></row>'


def read_cell(folder: Path, cell: str, reader: str, **options: Any) -> Any:
    """Read one cell, written as XML, below the header 值. ``{}`` in it stands for its A1 name."""
    rows = HEADER + f'<row r="2">{cell.format("A2")}</row><row r="3"><c r="A3"><v>9</v></c></row>'
    path = write_package(folder / "一.xlsx", sheet_xml(rows), formats=FORMATS, **options)
    return read_whole(path, reader=reader).cells.get((2, "值"))


def styled(style: int, text: str) -> str:
    """A number cell with the style ``FORMATS[style - 1]``."""
    return f'<c r="{{}}" s="{style}"><v>{text}</v></c>'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0", 0),
        ("-0.0", -0.0),
        ("1.0", 1.0),
        ("1E-10", 1e-10),
        ("1E15", 1e15),
        ("1.5E+3", 1500.0),
        ("10936191575.209999", 10936191575.21),
        ("9007199254740993", 9007199254740993),
        ("9223372036854775807", 9223372036854775807),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("1E400", "#NUM!"),
        ("-1E400", "#NUM!"),
    ],
)
def test_a_number_arrives_as_stored_and_infinity_as_an_error(
    tmp_path: Path, reader: str, text: str, value: Any
) -> None:
    read = read_cell(tmp_path, f'<c r="{{}}"><v>{text}</v></c>', reader)
    assert (type(read), repr(read)) == (type(value), repr(value))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="{}" t="b"><v>1</v></c>', True),
        ('<c r="{}" t="b"><v>0</v></c>', False),
        ('<c r="{}" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="{}" t="e"><v>#SPILL!</v></c>', "#SPILL!"),
        ('<c r="{}" t="str"><v>0012</v></c>', "0012"),
        ('<c r="{}" t="str"><v> x </v></c>', " x "),
        ('<c r="{}" t="str"><v>a_x000D_b</v></c>', "a\rb"),
        ('<c r="{}" t="str"><v><![CDATA[a<b]]></v></c>', "a<b"),
        ('<c r="{}" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>', " x "),
        ('<c r="{}" t="inlineStr"><is><t> x </t></is></c>', " x "),
        ('<c r="{}" t="inlineStr"><is><t></t></is></c>', None),
        ('<c r="{}" t="inlineStr"><is><r><t>甲</t></r><r><rPr><b/></rPr><t>乙</t></r></is></c>', "甲乙"),
        ('<c r="{}" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', "東京"),
        ('<c r="{}" t="inlineStr"><is><t>a_x000D_b</t></is></c>', "a\rb"),
        ('<c r="{}" t="inlineStr"><is><t>a&#10;b&amp;</t></is></c>', "a\nb&"),
        ('<c r="{}" t="inlineStr"><is><t>_x4E2D_</t></is></c>', "中"),
        ('<c r="{}"><v>1<!-- c -->2</v></c>', 12),
        ("<c r='{}' t='str'><v>x</v></c>", "x"),
        ('<c\n r = "{}"  t="str" ><v >x</v ></c >', "x"),
        ('<c r="{}"/>', None),
    ],
)
def test_a_cell_of_each_kind_arrives_as_excel_shows_it(tmp_path: Path, reader: str, cell: str, value: Any) -> None:
    read = read_cell(tmp_path, cell, reader)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="{}"><f>1+1</f><v>2</v></c>', 2),
        ('<c r="{}"><f>1+1</f></c>', UNCACHED),
        ('<c r="{}"><f>1+1</f><v/></c>', UNCACHED),
        ('<c r="{}"><f>1+1</f><v></v></c>', UNCACHED),
        ('<c r="{}"><f t="shared" si="0"/></c>', UNCACHED),
        ('<c r="{}"><f t="shared" ref="A2:A3" si="0">1+1</f><v>2</v></c>', 2),
        ('<c r="{}"><f t="array" ref="A2">1+1</f></c>', UNCACHED),
        ('<c r="{}"><f t="array" ref="A2">1+1</f><v>2.5</v></c>', 2.5),
        ('<c r="{}" t="str"><f>"a"</f><v>a</v></c>', "a"),
        ('<c r="{}" t="str"><f>""</f><v></v></c>', None),
        ('<c r="{}" t="str"><f>""</f></c>', UNCACHED),
        ('<c r="{}" t="b"><f>1=1</f><v>1</v></c>', True),
        ('<c r="{}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
    ],
)
def test_a_formula_is_its_stored_result_or_uncached(tmp_path: Path, reader: str, cell: str, value: Any) -> None:
    read = read_cell(tmp_path, cell, reader)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("style", "text", "value", "value_1904"),
    [
        (1, "45601", Day(2024, 11, 5), Day(2028, 11, 6)),
        (1, "45601.4375", Day(2024, 11, 5, 10, 30), Day(2028, 11, 6, 10, 30)),
        (1, "59", Day(1900, 2, 28), Day(1904, 2, 29)),
        (1, "61", Day(1900, 3, 1), Day(1904, 3, 2)),
        (1, "-1", "#VALUE!", "#VALUE!"),
        (1, "99999999", "#VALUE!", "#VALUE!"),
        (2, "1.5", timedelta(hours=36), timedelta(hours=36)),
        (3, "0.4375", time(10, 30), time(10, 30)),
        (4, "45597", Day(2024, 11, 1), Day(2028, 11, 2)),
        (5, "45601", Day(2024, 11, 5), Day(2028, 11, 6)),
        (6, "45597", Day(2024, 11, 1), Day(2028, 11, 2)),
        (13, "45597", 45597, 45597),
    ],
)
def test_a_number_with_a_date_format_is_that_date_in_either_epoch(
    tmp_path: Path, reader: str, style: int, text: str, value: Any, value_1904: Any
) -> None:
    """Formats 57 and 31 are known by number alone to a Chinese Excel (ECMA-376 part 1, 18.8.30)."""
    assert repr(read_cell(tmp_path, styled(style, text), reader)) == repr(value)
    assert repr(read_cell(tmp_path, styled(style, text), reader, epoch_1904=True)) == repr(value_1904)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-11-05", Day(2024, 11, 5)),
        ("2024-11-05T10:20:30", Day(2024, 11, 5, 10, 20, 30)),
        ("2024-11-05T10:20:30.123Z", Day(2024, 11, 5, 10, 20, 30, 123000)),
        ("10:20:30", time(10, 20, 30)),
    ],
)
def test_an_iso_date_is_a_date(tmp_path: Path, reader: str, text: str, value: Any) -> None:
    assert repr(read_cell(tmp_path, f'<c r="{{}}" t="d"><v>{text}</v></c>', reader)) == repr(value)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("<t>x</t>", "x"),
        (text_xml(" x "), " x "),
        ("<t> x </t>", " x "),
        ("<t/>", None),
        ("<r><t>甲</t></r><r><rPr><b/></rPr><t xml:space='preserve'> 乙</t></r>", "甲 乙"),
        ('<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>', "東京"),
        ("<t>a_x000D_\nb</t>", "a\r\nb"),
        ("<t>a_x005F_x000D_b</t>", "a_x000D_b"),
        ("<t>_x4E2D_</t>", "中"),
        ("<t>_xD83D__xDE00_</t>", "😀"),
        ("<t>x005F_</t>", "x005F_"),
        ("<t>_x0041</t>", "_x0041"),
    ],
)
def test_a_shared_string_arrives_without_escapes_and_phonetic_hints(
    tmp_path: Path, reader: str, item: str, value: Any
) -> None:
    assert read_cell(tmp_path, '<c r="{}" t="s"><v>0</v></c>', reader, shared=[item]) == value


def test_formats_come_only_for_numbers_whose_format_tells_something(tmp_path: Path, reader: str) -> None:
    header = '<row r="1"><c r="A1" t="str"><v>值</v></c><c r="B1" t="str"><v>数</v></c></row>'
    numbers = "".join(f'<row r="{i}"><c r="A{i}" s="{i - 1}"><v>12</v></c></row>' for i in range(2, len(FORMATS) + 2))
    text = '<row r="99"><c r="A99" s="7" t="str"><v>0012</v></c><c r="B99"><v>1</v></c></row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(header + numbers + text), formats=FORMATS)
    read = read_whole(path, reader=reader)
    assert read.formats == {
        (8, "值"): "0000",
        (9, "值"): "#,##0.00",
        (10, "值"): '"C"0000',
        (11, "值"): "0.00%",
        (13, "值"): "0",  # 12.7 is shown as 13
        (14, "值"): "[Red]0",
    }


@pytest.mark.parametrize("text", ["abc", "NaN"])
def test_a_number_that_is_none_is_a_damaged_workbook_and_names_the_cell(tmp_path: Path, reader: str, text: str) -> None:
    with pytest.raises(DataError, match="A2") as caught:
        read_cell(tmp_path, f'<c r="{{}}"><v>{text}</v></c>', reader)
    assert caught.value.facts["cell"] == "A2"
    assert caught.value.facts["sheet"] == "规模明细"


@pytest.mark.parametrize("index", ["99", "x"])
def test_a_string_that_is_not_in_the_table_is_a_damaged_workbook(tmp_path: Path, reader: str, index: str) -> None:
    with pytest.raises(DataError, match="damaged"):
        read_cell(tmp_path, f'<c r="{{}}" t="s"><v>{index}</v></c>', reader, shared=["<t>s</t>"])


def test_a_strict_workbook_reads_like_any_other(tmp_path: Path, reader: str) -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="d"><v>2024-11-05</v></c></row>'
    xml = sheet_xml(rows, namespace=STRICT_MAIN)
    path = write_package(tmp_path / "一.xlsx", xml, shared=["<t>月度</t>"], strict=True)
    assert read_whole(path, reader=reader).column("月度") == [Day(2024, 11, 5)]


def test_a_workbook_with_a_namespace_prefix_reads_like_any_other(tmp_path: Path, reader: str) -> None:
    rows = '<x:row r="1"><x:c r="A1" t="str"><x:v>码</x:v></x:c></x:row>'
    rows += '<x:row r="2"><x:c r="A2"><x:v>5</x:v></x:c></x:row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows, prefix="x"))
    assert read_whole(path, reader=reader).column("码") == [5]


def test_openpyxl_itself_reads_the_same_values(tmp_path: Path) -> None:
    """Our use of openpyxl's parser gives what its documented streaming mode gives."""
    days = [Day(2024, 11, 5, 10, 30), time(10, 30), timedelta(hours=30), date(2024, 1, 2)]
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    rows: list[list[Any]] = [
        ["甲", "乙", "丙"],
        [1, 1.5, "x"],
        [True, None, "#N/A"],
        [*days[:3]],
        [days[3], " y ", "1\n2"],
    ]
    for row in rows:
        page.append(row)
    book.save(tmp_path / "一.xlsx")
    again = openpyxl.load_workbook(tmp_path / "一.xlsx", read_only=True, data_only=True)
    expected = list(again.worksheets[0].iter_rows(values_only=True, min_row=2))
    again.close()
    read = read_whole(tmp_path / "一.xlsx", reader="openpyxl")
    assert [tuple(row) for row in zip(*map(read.column, ("甲", "乙", "丙")), strict=True)] == expected


@pytest.mark.parametrize(
    "inline",
    [
        "<is><t>a</t></is>",
        "<is/>",
        "<is><t/></is>",
        '<is><t xml:space="preserve"> a </t></is>',
        "<is><r><t>a</t></r><r><rPr><b/></rPr><t>b</t></r></is>",
        '<is><t>a</t><rPh sb="0" eb="1"><t>p</t></rPh></is>',
        "<is><r><t>a</t></r></is>",
        "<is><t>a</t></is><is><t>b</t></is>",
        "<v>a</v><is><t>b</t></is>",
        "",
    ],
)
def test_an_inline_string_is_what_openpyxl_itself_reads(tmp_path: Path, inline: str) -> None:
    """The reader takes a shorter way to the text than openpyxl, which makes four objects of each."""
    cell = f'<c r="B2" t="inlineStr">{inline}</c>'
    header = '<row r="1"><c r="A1" t="str"><v>甲</v></c><c r="B1" t="str"><v>乙</v></c></row>'
    rows = f'{header}<row r="2"><c r="A2"><v>1</v></c>{cell}</row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    theirs = openpyxl.load_workbook(path)[SHEET]["B2"].value
    with open_sheet(path, sheet=SHEET, reader="openpyxl") as sheet:
        (batch,) = sheet.batches()
    assert list(batch.columns["乙"]) == [theirs or None]
