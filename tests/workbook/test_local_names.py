"""Elements of other namespaces are not taken for those of the format that have the same local name."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from support.readings import READERS, Reading, read_whole
from support.workbooks import MAIN, SHEET, sheet_xml, styles_xml, write_package

FOREIGN = 'xmlns:x="http://example.org/other"'
ROWS = """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>45600</v></c></row>"""
SHARED = ["<t>名称</t>", "<t>日期</t>", "<t>甲</t>"]


def read(folder: Path, *, rows: str = ROWS, tail: str = "", shared: Any = SHARED, **options: Any) -> Reading:
    """Read a sheet of two columns by either reader, which must agree."""
    xml = sheet_xml(rows, tail=tail)
    path = write_package(folder / "一.xlsx", xml, shared=shared, formats=["yyyy-mm-dd"], **options)
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.same() == fast.same()
    return fast


def workbook(properties: str, *, after: str = "", sheets: str = "") -> dict[str, str]:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheet = f'<sheet name="{SHEET}" sheetId="1" r:id="rId1"/>'
    return {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{relations}" {FOREIGN}>{properties}'
        f"<sheets>{sheet}{sheets}</sheets>{after}</workbook>"
    }


@pytest.mark.parametrize(
    ("properties", "after", "day", "reader"),
    [
        ('<workbookPr date1904="1"/>', '<extLst><ext><x:workbookPr a="1"/></ext></extLst>', "2028-11-05", "openpyxl"),
        ('<workbookPr date1904="1"/>', '<x:workbookPr date1904="0"/>', "2028-11-05", "openpyxl"),
        ("<workbookPr/>", '<extLst><ext><x:workbookPr date1904="1"/></ext></extLst>', "2024-11-04", "openpyxl"),
        ("", '<x:workbookPr date1904="1"/>', "2024-11-04", "openpyxl"),
        ('<x:workbookPr date1904="1"/><workbookPr/>', "", "2024-11-04", "fast"),
        ("<workbookPr/>", '<extLst><ext><x:workbookPr a="1"/></ext></extLst>', "2024-11-04", "fast"),
        ('<workbookPr date1904=" true "/>', "", "2028-11-05", "openpyxl"),
        ('<workbookPr date1904="true"/>', "", "2028-11-05", "fast"),
    ],
)
def test_the_epoch_is_that_of_the_workbook_and_of_no_extension(
    tmp_path: Path, properties: str, after: str, day: str, reader: str
) -> None:
    result = read(tmp_path, members=workbook(properties, after=after))
    assert result.column("日期") == [datetime.datetime.fromisoformat(day)]
    assert result.reader == reader


@pytest.mark.parametrize(
    "after", [f'<extLst><x:sheet name="{SHEET}" r:id="rId2"/></extLst>', '<x:sheets><x:sheet name="乙"/></x:sheets>']
)
def test_a_sheet_of_an_extension_is_none(tmp_path: Path, after: str) -> None:
    assert read(tmp_path, members=workbook("", after=after)).column("名称") == ["甲"]


def test_the_relation_of_a_sheet_is_not_any_attribute_called_id(tmp_path: Path) -> None:
    members = workbook("")
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace('r:id="rId1"', 'r:id="rId1" x:id="rId2"')
    assert read(tmp_path, members=members).column("名称") == ["甲"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<cellXfs", f'<x:cellXfs {FOREIGN}><x:xf numFmtId="2"/><x:xf numFmtId="2"/></x:cellXfs><cellXfs'),
        ("<cellStyles", f'<x:cellXfs {FOREIGN}><x:xf numFmtId="2"/></x:cellXfs><cellStyles'),
        ("<cellXfs", '<cellXfs count="1" xmlns="http://example.org/other"><xf numFmtId="2"/></cellXfs><cellXfs'),
        ('<xf numFmtId="0"', f'<x:xf {FOREIGN} numFmtId="2"/><xf numFmtId="0"'),
        ("<fonts", f'<x:numFmts {FOREIGN}><x:numFmt numFmtId="164" formatCode="0.00"/></x:numFmts><fonts'),
        ('numFmtId="164" formatCode', 'numFmtId="0164" formatCode'),
    ],
)
def test_the_formats_are_those_of_the_styles_and_of_no_extension(tmp_path: Path, old: str, new: str) -> None:
    styles = styles_xml(["yyyy-mm-dd"]).replace(old, new, 1 if "xf numFmtId" not in old else 2)
    result = read(tmp_path, members={"xl/styles.xml": styles})
    assert type(result.column("日期")[0]) in (datetime.datetime, int)


PLAIN = 'numFmtId="0"'
FORMATS = '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<cellStyles", f"{FORMATS}<cellStyles"),
        ("<fonts", f"<x>{FORMATS}</x><fonts"),
        ("<fonts", f"<fonts>{FORMATS}</fonts><fonts"),
        ("<fonts", f"<numFmts><x>{FORMATS[19:-10]}</x></numFmts><fonts"),
    ],
)
def test_formats_that_are_not_where_they_belong_are_the_same_to_both_readers(
    tmp_path: Path, old: str, new: str
) -> None:
    """A list of formats behind the styles, say, which one reader finds there and the other does not."""
    styles = styles_xml(["yyyy-mm-dd"]).replace(FORMATS, "").replace(old, new, 1)
    assert new in styles
    assert read(tmp_path, members={"xl/styles.xml": styles}).fallback is not None


@pytest.mark.parametrize("number", [14, 164, 9, 41])
def test_cells_without_a_style_have_the_first_one(tmp_path: Path, number: int) -> None:
    """Where that is a date or a format of its own, what it shows must not depend on the reader."""
    above, cells = styles_xml(["0000"]).split("<cellXfs")
    styles = f"{above}<cellXfs{cells.replace(PLAIN, PLAIN.replace('0', str(number)), 1)}"
    rows = ROWS.replace(' s="1"', "")
    assert read(tmp_path, rows=rows, members={"xl/styles.xml": styles}).fallback is not None


@pytest.mark.parametrize("space", ["", ' xmlns="http://example.org/other"', f'\n xmlns:x="{MAIN}"'])
def test_a_table_of_strings_of_another_namespace_is_none(tmp_path: Path, space: str) -> None:
    strings = f"<sst{space}>{''.join(f'<si>{item}</si>' for item in SHARED)}</sst>"
    rows = ROWS.replace('<c r="A1" t="s"><v>0</v></c>', '<c r="A1" t="str"><v>名称</v></c>')
    rows = rows.replace('<c r="B1" t="s"><v>1</v></c>', '<c r="B1" t="str"><v>日期</v></c>')
    result = read(tmp_path, rows=rows, members={"xl/sharedStrings.xml": strings})
    assert result.fallback is not None
    assert "甲" not in result.column("名称")


@pytest.mark.parametrize(
    "item",
    [
        f"<t>甲</t><x:t {FOREIGN}>乙</x:t>",
        f"<r><t>甲</t></r><x:rPh {FOREIGN}><x:t>乙</x:t></x:rPh>",
        '<t>甲</t><extLst><t xmlns="http://example.org/other">乙</t></extLst>',
        '<t>甲</t><t\nxmlns="http://example.org/other">乙</t>',
    ],
)
def test_a_text_of_another_namespace_is_no_text_of_the_string(tmp_path: Path, item: str) -> None:
    assert read(tmp_path, shared=[*SHARED[:2], item]).column("名称") == ["甲"]


@pytest.mark.parametrize(
    "foreign",
    [
        f'<x:c {FOREIGN} r="A2"><x:v>7</x:v></x:c>',
        '<c xmlns="http://example.org/other" r="A2"><v>7</v></c>',
        '<c r="A2"\txmlns = "http://example.org/other"><v>7</v></c>',
        f'<extLst><ext {FOREIGN}><x:c r="A2"><v>7</v></x:c></ext></extLst>',
    ],
)
def test_a_cell_of_another_namespace_is_no_cell_of_the_row(tmp_path: Path, foreign: str) -> None:
    assert read(tmp_path, rows=ROWS.removesuffix("</row>") + foreign + "</row>").column("名称") == ["甲"]


def test_rows_of_an_extension_below_the_data_are_no_rows(tmp_path: Path) -> None:
    tail = f'<extLst><ext {FOREIGN}><x:row r="1"><x:c r="A1"/></x:row></ext></extLst>'
    assert read(tmp_path, tail=tail).rows == (2,)
