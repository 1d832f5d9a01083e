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

from wdh.facts.cells import UNCACHED, DamagedValue, ErrorValue
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


def number(inner: str, *, kind: str = "") -> str:
    """A cell with this type and these elements in it."""
    mark = f' t="{kind}"' if kind else ""
    return f'<c r="{{}}"{mark}>{inner}</c>'


@pytest.mark.parametrize(
    "text",
    [
        "1,5",
        "1-2",
        "-",
        ".",
        "5.5.5",
        "1A5",
        "1E",
        "--5",
        "0x10",
        "1_000",
        "1 000",
        "１２",
        "abc",
        "true",
        "#N/A",
        "NaN",
    ],
)
@pytest.mark.parametrize("kind", ["", "n"])
def test_a_number_that_is_none_is_a_damaged_value(tmp_path: Path, reader: str, text: str, kind: str) -> None:
    """Neither a text nor nothing: nobody knows what it was."""
    read = read_cell(tmp_path, number(f"<v>{text}</v>", kind=kind), reader)
    assert read == DamagedValue(text)
    assert read_cell(tmp_path, f'<c r="{{}}" s="1"><v>{text}</v></c>', reader) == DamagedValue(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [(" 5 ", 5), ("5 ", 5), ("+5", 5), (".5", 0.5), ("5.", 5.0), ("0005", 5), ("1e5", 1e5), (" ", None)],
)
def test_a_number_in_an_unusual_spelling_is_that_number(tmp_path: Path, reader: str, text: str, value: Any) -> None:
    read = read_cell(tmp_path, number(f"<v>{text}</v>"), reader)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize("index", ["-1", "+1", "x", "1.0", "0E0", "99999999999999999999999", "０"])
def test_a_string_that_is_not_in_the_table_is_a_damaged_value(tmp_path: Path, reader: str, index: str) -> None:
    """-1 is not the last string of the table, and what is no number is not the first."""
    read = read_cell(tmp_path, number(f"<v>{index}</v>", kind="s"), reader, shared=["<t>s</t>"])
    assert read == DamagedValue(index)


@pytest.mark.parametrize("index", ["0", "00", " 0 "])
def test_a_string_of_the_table_is_found_by_its_number(tmp_path: Path, reader: str, index: str) -> None:
    assert read_cell(tmp_path, number(f"<v>{index}</v>", kind="s"), reader, shared=["<t>s</t>"]) == "s"


@pytest.mark.parametrize(
    ("kind", "inner", "value"),
    [
        ("inlineStr", "<v>abc</v>", "abc"),
        ("inlineStr", "<v>0</v>", "0"),
        ("inlineStr", "<v/><is><t>a</t></is>", "a"),
        ("inlineStr", "<v>b</v><is><t>a</t></is>", DamagedValue("b a")),
        ("inlineStr", "<is><t>a</t></is><v>b</v>", DamagedValue("b a")),
        ("inlineStr", "<is><t>a<b>c</b></t></is>", DamagedValue("ac")),
        ("inlineStr", "<is><b><t>a</t></b></is>", DamagedValue("a")),
        ("inlineStr", "<is><t>a</t><t>b</t></is>", "ab"),
        ("inlineStr", "<is><r><t>a</t></r><t>b</t></is>", "ab"),
        ("inlineStr", "<is><t>a</t></is><is><t>b</t></is>", DamagedValue("a b")),
        ("inlineStr", "<t>a</t>", DamagedValue("a")),
        ("str", "<is><t>x</t></is>", DamagedValue("x")),
        ("str", "<v>y</v><is><t>x</t></is>", DamagedValue("y x")),
        ("str", "<v/>", None),
        ("str", "<t>x</t>", DamagedValue("x")),
        ("s", "<is><t>x</t></is>", DamagedValue("x")),
        ("", "<is><t>x</t></is>", DamagedValue("x")),
        ("n", "<is><t>x</t></is>", DamagedValue("x")),
        ("n", "<v>5</v><is><t>x</t></is>", DamagedValue("5 x")),
        ("", "<v>5</v><v>6</v>", DamagedValue("5 6")),
        ("", "<v>5</v><v/>", 5),
        ("", "<v/><v>6</v>", 6),
        ("", "<v/>", None),
        ("", "<v></v>", None),
        ("", "5", DamagedValue("5")),
        ("", "<x><v>5</v></x>", DamagedValue("5")),
        ("", "<v><b>5</b></v>", DamagedValue("5")),
        ("", "<V>5</V>", DamagedValue("5")),
        ("", "<v>5</v><extLst/>", 5),
        ("", '<v>5</v><extLst><ext uri="x">6</ext></extLst>', 5),
        ("", "<extLst/><v>5</v>", 5),
        ("", '<extLst><ext uri="x">6</ext></extLst>', None),
        ("", "\n<v>5</v>\n", 5),
        ("", "<v>5</v><f>1+1</f>", 5),
        ("b", "<v>2</v>", True),
        ("b", "<v>true</v>", True),
        ("b", "<v>false</v>", False),
        ("b", "<v>00</v>", False),
        ("b", "<v>1.0</v>", DamagedValue("1.0")),
        ("b", "<v>yes</v>", DamagedValue("yes")),
        ("b", "<v/>", None),
        ("d", "<v>45601</v>", DamagedValue("45601")),
        ("d", "<v>2024-13-05</v>", DamagedValue("2024-13-05")),
        ("d", "<v>abc</v>", DamagedValue("abc")),
        ("d", "<v/>", None),
        ("x", "<v>5</v>", DamagedValue("5")),
        ("S", "<v>0</v>", DamagedValue("0")),
        ("x", "<is><t>5</t></is>", DamagedValue("5")),
        ("x", "", None),
    ],
)
def test_an_odd_cell_is_a_value_or_a_damaged_one_and_never_nothing(
    tmp_path: Path, reader: str, kind: str, inner: str, value: Any
) -> None:
    """What is written in a cell is read where it can be meant, and else refused with the cell's name."""
    read = read_cell(tmp_path, number(inner, kind=kind), reader)
    assert (type(read), read) == (type(value), value)


def test_a_cell_whose_style_is_no_number_is_a_damaged_value(tmp_path: Path, reader: str) -> None:
    """Nobody knows whether it is a date."""
    assert read_cell(tmp_path, '<c r="{}" s="x"><v>45601</v></c>', reader) == DamagedValue("45601")


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        *(
            (f"<v>#{name}!</v>", ErrorValue(f"#{name}!"))
            for name in ("BUSY", "PYTHON", "BLOCKED", "CONNECT", "UNKNOWN")
        ),
        ("<v>#EXTERNAL!</v>", ErrorValue("#EXTERNAL!")),
        ("<f>x</f><v>Err:502</v>", ErrorValue("Err:502")),
        ("<v>#N/A N/A</v>", ErrorValue("#N/A N/A")),
        ("<v>#n/a</v>", ErrorValue("#n/a")),
        ("<v>42</v>", ErrorValue("42")),
        ("<v></v>", ErrorValue("")),
        ("", ErrorValue("")),
        ("<is><t>x</t></is>", DamagedValue("x")),
        ("<v>#SPILL!</v>", "#SPILL!"),
    ],
)
def test_an_error_cell_is_known_by_its_type_whatever_its_name(
    tmp_path: Path, reader: str, inner: str, value: Any
) -> None:
    assert read_cell(tmp_path, number(inner, kind="e"), reader) == value


@pytest.mark.parametrize("text", ["Err:502", "#BUSY!", "#GETPIVOTDATA!"])
def test_a_text_that_reads_like_a_newer_error_is_a_text(tmp_path: Path, reader: str, text: str) -> None:
    assert read_cell(tmp_path, number(f"<is><t>{text}</t></is>", kind="inlineStr"), reader) == text


@pytest.mark.parametrize(
    ("kind", "inner", "value"),
    [
        ("", "<f>1-1</f><v>0</v>", UNCACHED),
        ("n", "<f>1-1</f><v>0.0</v>", UNCACHED),
        ("", "<f>1-1</f><v>-0</v>", UNCACHED),
        ("", "<f>1-1</f><v>0E0</v>", UNCACHED),
        ("", '<f t="shared" si="0"/><v>0</v>', UNCACHED),
        ("", '<f t="array" ref="A2">1-1</f><v>0</v>', UNCACHED),
        ("", "<f>1-1</f>", UNCACHED),
        ("str", "<f>1</f><v></v>", UNCACHED),
        ("", "<f>1+1</f><v>2</v>", 2),
        ("", "<f>1+1</f><v>0.5</v>", 0.5),
        ("", "<f>1+1</f><v>10</v>", 10),
        ("str", "<f>1</f><v>0</v>", "0"),
        ("b", "<f>1=2</f><v>0</v>", False),
        ("", "<v>0</v>", 0),
    ],
)
def test_a_stored_zero_is_no_result_where_excel_would_calculate_it_first(
    tmp_path: Path, reader: str, kind: str, inner: str, value: Any
) -> None:
    """A writer that cannot calculate stores 0 and asks for fullCalcOnLoad; what is not 0 was calculated."""
    read = read_cell(tmp_path, number(inner, kind=kind), reader, calculation='<calcPr fullCalcOnLoad="1"/>')
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    "calculation", ["", "<calcPr/>", '<calcPr fullCalcOnLoad="0"/>', '<calcPr fullCalcOnLoad="false"/>']
)
def test_a_stored_zero_is_a_result_where_the_workbook_was_calculated(
    tmp_path: Path, reader: str, calculation: str
) -> None:
    assert read_cell(tmp_path, number("<f>1-1</f><v>0</v>"), reader, calculation=calculation) == 0


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
