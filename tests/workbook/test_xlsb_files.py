"""Binary workbooks (.xlsb): every cell arrives with its format, whatever kind of record holds it."""

from __future__ import annotations

import datetime
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from wdh.errors import DataError
from wdh.facts.cells import UNCACHED, DamagedValue, ErrorValue, Merged
from wdh.settings import Limits
from wdh.workbook import Workbook, open_sheet
from wdh.workbook.xlsb.records import Kind

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FORMATS = ("0000", "#,##0.00", 'yyyy"年"m"月"')
CODE, AMOUNT, MONTH, PERCENT = 1, 2, 3, 4


def record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length >= 0x80:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return head + size + bytes([length]) + data


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    return record(Kind.ROW, struct.pack("<IIHBBB", number - 1, 0, 300, 0, 0x10 if hidden else 0, 0)) + b"".join(cells)


def cell(kind: Kind, column: int, value: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + value)


def rk(column: int, value: int, style: int = 0) -> bytes:
    return cell(Kind.RK, column, struct.pack("<i", value << 2 | 2), style)


def real(column: int, value: float, style: int = 0, kind: Kind = Kind.REAL) -> bytes:
    return cell(kind, column, struct.pack("<d", value) + bytes(6), style)


def texts(*values: str) -> list[bytes]:
    return [cell(Kind.TEXT, place, text(value)) for place, value in enumerate(values)]


def write(path: Path, *rows: bytes, behind: bytes = b"", flags: int = 0, parts: dict[str, bytes] | None = None) -> Path:
    def relation(number: int, kind: str, target: str) -> str:
        return f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'

    sheets = ("销售", 0, "r1"), ("旧", 1, "r1")
    workbook = b"".join(
        record(Kind.SHEET, struct.pack("<II", state, 1) + text(link) + text(name)) for name, state, link in sheets
    )
    styles = [record(Kind.FORMAT, struct.pack("<H", 200 + n) + text(shape)) for n, shape in enumerate(FORMATS)]
    styles += [record(Kind.STYLE, struct.pack("<HH", 0, 0)), record(Kind.STYLES)]
    styles += [record(Kind.STYLE, struct.pack("<HH", 0, number)) for number in (0, 200, 201, 202, 10)]
    written = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.bin": workbook + record(Kind.CALCULATION, bytes(24) + bytes([flags, 0])),
        "xl/styles.bin": b"".join(styles) + record(Kind.STYLES_END) + record(Kind.STYLE, bytes(4)),
        "xl/sharedStrings.bin": record(Kind.STRING, b"\0" + text("南京路")),
        "xl/worksheets/sheet1.bin": record(Kind.ROWS) + b"".join(rows) + record(Kind.ROWS_END) + behind,
        "xl/_rels/workbook.bin.rels": (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relation(1, 'worksheet', 'worksheets/sheet1.bin')}{relation(2, 'styles', 'styles.bin')}"
            f"{relation(3, 'sharedStrings', '/xl/sharedStrings.bin')}</Relationships>"
        ).encode(),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in written.items():
            package.writestr(name, content)
    return path


HEADER = row(1, *texts("月度", "店号", "名称", "金额", "毛利"))


def test_every_cell_arrives_with_its_format(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsb",
        HEADER,
        row(3, real(0, 45597.0, MONTH), rk(1, 12, CODE), cell(Kind.SHARED, 2, bytes(4)), real(3, 1234.5, AMOUNT)),
        row(4, *texts("202411", "0013"), real(3, 10936191575.21), real(4, 0.0536, PERCENT), hidden=True),
        row(5, rk(0, 202411), record(Kind.SHORT_RK, struct.pack("<Ii", CODE, 14 << 2 | 2))),
        behind=record(Kind.MERGED, struct.pack("<IIII", 2, 3, 2, 2))
        + record(Kind.COLUMN, struct.pack("<IIIIH", 4, 4, 0, 0, 1))
        + record(Kind.FUTURE)
        + cell(Kind.BLANK, 0, b"")
        + record(Kind.FUTURE_END)
        + cell(Kind.BLANK, 0, b""),
    )
    with Workbook(path) as book:
        assert book.sheets == ("销售",)
    with open_sheet(path, sheet=0) as sheet:
        (batch,) = sheet.batches()
        notes = [note.code for note in sheet.notes(3)]
    shop = Merged("南京路", "C3:C4")
    assert {name: list(cells) for name, cells in batch.columns.items()} == {
        "月度": [datetime.datetime(2024, 11, 1), "202411", 202411],  # noqa: DTZ001
        "店号": [12, "0013", 14],
        "名称": [shop, shop, None],
        "金额": [1234.5, 10936191575.21, None],
        "毛利": [None, 0.0536, None],
    }
    assert batch.formats == {
        "店号": ["0000", None, "0000"],
        "金额": ["#,##0.00", None, None],
        "毛利": [None, "0.00%", None],
    }
    assert (sheet.reader, list(batch.row_numbers), batch.blank, batch.hidden) == ("xlsb", [3, 4, 5], 1, 1)
    assert notes == ["hidden_columns"]


@pytest.mark.parametrize(
    ("written", "flags", "value"),
    [
        (cell(Kind.ERROR, 1, b"\x2a"), 0, "#N/A"),
        (cell(Kind.FORMULA_ERROR, 1, b"\x07" + bytes(6)), 0, "#DIV/0!"),
        (cell(Kind.ERROR, 1, b"\x99"), 0, ErrorValue("error 153")),
        (cell(Kind.BOOLEAN, 1, b"\x01"), 0, True),
        (cell(Kind.FORMULA_TEXT, 1, text("甲") + bytes(6)), 0, "甲"),
        (cell(Kind.RICH_TEXT, 1, b"\0" + text("乙")), 0, "乙"),
        (cell(Kind.RK, 1, struct.pack("<i", 12345 << 2 | 3)), 0, 123.45),
        (real(1, 0.0, kind=Kind.FORMULA_REAL), 0, 0),
        (real(1, 0.0, kind=Kind.FORMULA_REAL), 1, UNCACHED),
        (cell(Kind.FORMULA_TEXT, 1, text("") + bytes(6)), 1, UNCACHED),
        (cell(Kind.SHARED, 1, struct.pack("<I", 9)), 0, DamagedValue("string 9")),
    ],
)
def test_a_cell_is_read_as_what_it_is(tmp_path: Path, written: bytes, flags: int, value: Any) -> None:
    path = write(tmp_path / "a.xlsb", row(1, *texts("a", "b")), row(2, *texts("1"), written), flags=flags)
    with open_sheet(path, sheet=0) as sheet:
        (batch,) = sheet.batches()
    assert list(batch.columns["b"]) == [value]


@pytest.mark.parametrize(
    ("rows", "parts", "pattern"),
    [
        (row(1, rk(0, 1)), {}, "row 1 follows row 1"),
        (row(9_000_000, rk(0, 1)), {}, "row 9000000 follows row 1, or is past the last row"),
        (row(2, rk(20_000, 1)), {}, "row 2 has cells out of order or too far to the right"),
        (row(2, rk(1, 1), rk(0, 1)), {}, "row 2 has cells out of order"),
        (row(2, cell(Kind.TEXT, 0, struct.pack("<I", 1 << 30))), {}, "is damaged after row 0"),
        (record(Kind.TEXT, bytes(2 << 20)), {}, "has a record of over 1 MiB"),
        (b"", {"xl/sharedStrings.bin": b"\x13\x05\0"}, "its last record is cut off"),
        (b"", {"xl/sharedStrings.bin": record(Kind.STRING, b"\0\xff\xff")}, "damaged"),
        (b"", {"xl/_rels/workbook.bin.rels": b"<a"}, "damaged"),
    ],
)
def test_a_damaged_or_hostile_workbook_is_refused(
    tmp_path: Path, rows: bytes, parts: dict[str, bytes], pattern: str
) -> None:
    path = write(tmp_path / "a.xlsb", HEADER, rows, parts=parts)
    with pytest.raises(DataError, match=pattern), open_sheet(path, sheet=0, limits=Limits(row_bytes=1 << 20)) as sheet:
        list(sheet.batches())
