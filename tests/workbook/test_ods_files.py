"""Spreadsheets in OpenDocument (.ods): every cell arrives with its format, errors too."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from support.opendocument import COVERED, EMPTY, number, row, sheet, text, write

from wdh.errors import DataError
from wdh.facts.cells import UNCACHED, DamagedValue, ErrorValue, Merged
from wdh.settings import Limits
from wdh.workbook import Workbook, open_sheet


def read(path: Path, **more: Any) -> dict[str, list[Any]]:
    with open_sheet(path, sheet=0, **more) as found:
        return {name: list(cells) for batch in found.batches() for name, cells in batch.columns.items()}


def test_every_cell_arrives_with_its_format(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ods",
        sheet(
            row(text("月报"), EMPTY),
            row(text("店号", "名称", "金额", "毛利", "份额")),
            row(EMPTY, more='table:number-rows-repeated="3"'),
            row(
                number("12", "0012"),
                '<table:table-cell office:value-type="string" table:number-rows-spanned="2"><text:p>南'
                '<text:s text:c="2"/>京<text:line-break/>路</text:p>'
                "<office:annotation><text:p>nicht</text:p></office:annotation></table:table-cell>",
                number("-1234.5", "-¥1,234.50", 'table:style-name="money"'),
                number("0.0536", "5.36%", 'table:style-name="rate"'),
                number("0.5", "1/2", 'table:style-name="part"'),
            ),
            row(number("13", "0013", 'table:style-name="bold"'), COVERED, more='table:visibility="collapse"'),
            row(text("0014", "丁"), number("1"), more='table:number-rows-repeated="2"'),
            row(EMPTY, more='table:number-rows-repeated="1048000"'),
            columns='<table:table-column table:default-cell-style-name="code"/><table:table-column '
            'table:number-columns-repeated="4" table:default-cell-style-name="Default"/>',
        ),
        sheet(row(text("a")), row(text("1")), name="旧", style="ta2"),
    )
    with Workbook(path) as book:
        assert book.sheets == ("销售",)
    with open_sheet(path, sheet=0) as found:
        (batch,) = found.batches()
    shop = Merged("南  京\n路", "B6:B7")
    assert {name: list(cells) for name, cells in batch.columns.items()} == {
        "店号": [12, 13, "0014", "0014"],
        "名称": [shop, shop, "丁", "丁"],
        "金额": [-1234.5, None, 1, 1],
        "毛利": [0.0536, None, None, None],
        "份额": [0.5, None, None, None],
    }
    formats = {name: next(iter(one)) for name, one in batch.formats.items()}
    assert formats == {"店号": "0000", "金额": '"¥"#,##0.00;-"¥"#,##0.00', "毛利": "0.00%", "份额": '"?"0'}
    assert (list(batch.row_numbers), batch.hidden, found.reader, found.header_row) == ([6, 7, 8, 9], 1, "ods", 2)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (
            'office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>',
            "#DIV/0!",
        ),
        ('office:value-type="string" calcext:value-type="error"><text:p>Err:502</text:p>', ErrorValue("Err:502")),
        ('office:value-type="float" office:value="0"><text:p>#N/A</text:p>', "#N/A"),
        ('table:formula="of:=1+1">', UNCACHED),
        ('table:formula="of:=FALSE()" office:value-type="float" office:value="0"><text:p>FALSE</text:p>', False),
        ('office:value-type="float" office:value="1,5"><text:p>1,5</text:p>', DamagedValue("1,5")),
        ('office:value-type="future"><text:p>x</text:p>', DamagedValue("x")),
        ("><text:p>x</text:p>", DamagedValue("x")),
        ('office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p>', True),
        ('office:value-type="date" office:date-value="2024-11-05">', datetime.datetime(2024, 11, 5)),  # noqa: DTZ001
        (
            'office:value-type="date" office:date-value="2024-11-05T10:20:30">',
            datetime.datetime(2024, 11, 5, 10, 20, 30),  # noqa: DTZ001
        ),
        ('office:value-type="date" office:date-value="2024-13-05">', DamagedValue("2024-13-05")),
        ('office:value-type="time" office:time-value="PT10H20M30S">', datetime.time(10, 20, 30)),
        ('office:value-type="time" office:time-value="PT30H00M00S">', datetime.timedelta(hours=30)),
        ('office:value-type="float" office:value="10936191575.21">', 10936191575.21),
    ],
)
def test_a_cell_is_read_as_what_it_is(tmp_path: Path, cell: str, value: Any) -> None:
    path = write(
        tmp_path / "a.ods", sheet(row(text("a", "b")), row(text("1"), f"<table:table-cell {cell}</table:table-cell>"))
    )
    (found,) = read(path)["b"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("rows", "pattern"),
    [
        (row(text("1"), more='table:number-rows-repeated="1048576"'), r"row 1048577 is past the last row, 1048576"),
        (
            row("<table:table-cell table:number-columns-repeated='99999'/>", text("1")),
            "row 2 holds something past column 16384",
        ),
        (row(text("1"), more='table:number-rows-repeated="x"'), r"a\.ods: number-rows-repeated is 'x'"),
        (row(text("x" * (3 << 20))), "has an element of over 1 MiB"),
        (row("<table:table-cell>"), "damaged"),
    ],
)
def test_a_hostile_sheet_is_refused(tmp_path: Path, rows: str, pattern: str) -> None:
    path = write(tmp_path / "a.ods", sheet(row(text("a")), rows))
    with pytest.raises(DataError, match=pattern):
        read(path, limits=Limits(whole_bytes=1 << 20, ratio=10_000))


@pytest.mark.parametrize(
    ("parts", "head", "pattern"),
    [
        ({"META-INF/manifest.xml": "<a><encryption-data/></a>"}, "", "protected by a password"),
        ({}, '<!DOCTYPE a [<!ENTITY b "c">]>', "declares a document type"),
        ({"styles.xml": "<a"}, "", "damaged"),
    ],
)
def test_a_document_that_is_not_plain_is_refused(
    tmp_path: Path, parts: dict[str, str], head: str, pattern: str
) -> None:
    with pytest.raises(DataError, match=pattern):
        read(write(tmp_path / "a.ods", sheet(row(text("a")), row(text("1"))), parts=parts, head=head))
