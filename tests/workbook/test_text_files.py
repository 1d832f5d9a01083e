"""Tables in text: every cell arrives as it stands, whatever the encoding and the delimiter; nothing is guessed."""

from __future__ import annotations

import codecs
import csv
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wdh.errors import DataError
from wdh.facts.cells import ShiftedValue
from wdh.settings import Limits, TextFormat
from wdh.workbook import Sheet, Workbook, hash_workbook, open_sheet, open_sheets

HEADER = ["月度", "店号", "名称", "金额"]
ROWS = [
    ["2024-11", "0012", "南京路\n二楼", "1,234.50"],
    ["2024年11月", '="0013"', 'A "B"; C|D', "(20)"],
    ["202411", "", "张喆、李喆, 王老板的上海南京路门店", "5.36%"],
]
READ = [
    ["2024-11", "0012", "南京路\n二楼", "1,234.50"],
    ["2024年11月", "0013", *ROWS[1][2:]],
    ["202411", None, *ROWS[2][2:]],
]


def write(path: Path, rows: Any, *, encoding: str = "utf-8", **dialect: Any) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **dialect).writerows(rows)
    return path


def read(path: Path, **more: Any) -> list[list[Any]]:
    with open_sheet(path, sheet=0, **more) as sheet:
        return list(rows_of(sheet))


def rows_of(sheet: Sheet) -> Iterator[list[Any]]:
    for batch in sheet.batches():
        yield from ([batch.columns[name][place] for name in batch.columns] for place in range(len(batch)))


def refuse(path: Path, pattern: str, **more: Any) -> DataError:
    with pytest.raises(DataError, match=pattern) as caught:
        read(path, **more)
    assert path.name in caught.value.message
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_cell_arrives_from_any_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["2024年11月销售报表"], [], HEADER, *ROWS]
    path = write(tmp_path / "a.csv", rows, encoding=encoding, delimiter=delimiter)
    with open_sheet(path, sheet="any name", required_columns=HEADER) as sheet:
        assert (sheet.header_row, sheet.headers, sheet.sheet, sheet.reader) == (3, tuple(HEADER), "a", "text")
        assert list(rows_of(sheet)) == READ
        assert sheet.sha256 == hash_workbook(path)


@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
def test_rows_have_the_numbers_that_excel_gives_them(tmp_path: Path, ends: str) -> None:
    rows = [HEADER, ROWS[2], [], ROWS[2]]
    path = write(tmp_path / "a.csv", rows, lineterminator=ends)
    with open_sheet(path, sheet=0) as sheet:
        (batch,) = sheet.batches()
    assert (list(batch.row_numbers), batch.blank, batch.letters["金额"]) == ([2, 4], 1, "D")


def test_a_line_that_says_the_delimiter_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"sep=;\r\na;b,c\r\n1;2,5\r\n")
    with open_sheet(path, sheet=0) as sheet:
        assert (sheet.header_row, list(rows_of(sheet))) == (1, [["1", "2,5"]])


@pytest.mark.parametrize(
    ("said", "encoding"),
    [("big5", "cp950"), ("shift_jis", "cp932"), ("windows-1252", "cp1252"), ("gbk", "gbk"), ("utf-16-le", "utf-16-le")],
)
def test_what_is_said_of_the_file_is_how_it_is_read(tmp_path: Path, said: str, encoding: str) -> None:
    rows = [["a", "b"], ["é" if encoding == "cp1252" else "上海", "2;3"]]
    path = write(tmp_path / "a.csv", rows, encoding=encoding)
    with open_sheet(path, sheet=0, text=TextFormat(said, ",")) as sheet:
        assert list(rows_of(sheet)) == rows[1:]
        assert not [*sheet.notes(1)], "nothing was found that was not said"


def test_what_was_found_is_noted_and_so_are_short_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [HEADER, ROWS[0], ROWS[1][:2]], encoding="gb18030", delimiter=";")
    with open_sheet(path, sheet=0) as sheet:
        rows = list(rows_of(sheet))
        notes = {note.code: dict(note.cases) for note in sheet.notes(2)}
    assert rows[1] == ["2024年11月", "0013", None, None]
    assert notes == {
        "text_form": {"a.csv, sheet a: encoding gb18030, delimiter semicolon": 2},
        "short_rows": {"a.csv, sheet a": 1},
    }


def test_no_cell_of_a_row_with_too_many_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,Acme, Inc,2\n1,x,2,,\n", encoding="utf-8")
    (shifted, sound) = read(path)
    assert [cell.text for cell in shifted if isinstance(cell, ShiftedValue)] == ["1", "Acme", " Inc", "2"]
    assert sound[:3] == ["1", "x", "2"], "blank cells beyond the header shift nothing"


GBK_LINE, UTF_8_LINE = "甲店,上海门店\n".encode("gbk"), "乙店,北京的门店\n".encode()


@pytest.mark.parametrize(
    ("content", "pattern", "line"),
    [
        (b"a,b\n1,2\n1,\xff\xfe\n", r"not UTF-8 \(line 3: byte 3 of 5\), and its encoding cannot be told", 3),
        ("Straße,Größe\nMüller,1\n".encode("cp1252"), "encoding cannot be told. Say it in data_sources.yml", 1),
        (b"a,b\n" + GBK_LINE + UTF_8_LINE, "is of two encodings: line 3 is UTF-8, and line 2 is not", 3),
        (b"a,b\n" + UTF_8_LINE * 9 + GBK_LINE, "is of two encodings: line 2 is UTF-8, and line 11 is not", 11),
        (b"a,b\n" + UTF_8_LINE[:-2], "not UTF-8", 2),
        (b"a,b\n1,\x002\n", "line 2 holds a NUL character", None),
        (b'a,b\n1,"2\n3,4\n', "line 2 begins a cell with a quotation mark that has no end", None),
        (b'a,b\n1,"2\n' + b"3,4\n" * 50_000, "line 2 begins a cell that is longer than any may be", None),
        (b'a,b\n1,"2"x\n', "line 2 goes on behind the quotation mark", None),
        (b"a,b\n" + b"1,2," * 300_000, "line 2 has over", None),
        (b"a,b\n" + b"," * 20_000 + b"\n", "row 2 has over 16384 cells", None),
        (b"a,b;c\n1,2;3\n", "its delimiter cannot be told: comma and semicolon both", None),
        (codecs.BOM_UTF16_LE + "a,b\n1,2\n".encode("utf-16-le")[:-1], "line 2 is not utf-16-le", None),
        (b"", "is empty", None),
        (b"a,b\n", "has no rows below its header", None),
        (b"<html><table><tr><td>1</table>", r"is a web page \(HTML\), whatever its name says", None),
        (
            b"\xef\xbb\xbf<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
            "2003",
            None,
        ),
        (b"%PDF-1.7\n", "is a PDF", None),
        (b"PK\x03\x04\x00", "is cut off", None),
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused_with_its_line(
    tmp_path: Path, content: bytes, pattern: str, line: int | None
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    error = refuse(path, pattern, limits=Limits(row_bytes=1 << 20))
    assert error.facts.get("line") == line


@pytest.mark.parametrize(
    ("content", "said", "pattern"),
    [
        (codecs.BOM_UTF8 + b"a,b\n1,2\n", "gb18030", "is marked as utf-8, and text.encoding says gb18030"),
        (b"a,b\n1,2\n", "utf-16", "has no mark"),
        (b"a,b\n1,\xff\n", "gb18030", r"line 2 is not gb18030 \(byte 3 of 4\)"),
    ],
)
def test_what_is_said_wrongly_is_refused(tmp_path: Path, content: bytes, said: str, pattern: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    refuse(path, pattern, text=TextFormat(said))


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * (1 << 19))
    with pytest.raises(DataError, match="raise limits.sheet_mib"):
        Workbook(path, limits=Limits(sheet_bytes=1 << 20))


def test_text_under_another_name_is_read_with_a_note_if_it_is_a_table(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xls", [HEADER, *ROWS], delimiter="\t")
    with open_sheet(path, sheet=0) as sheet:
        assert list(rows_of(sheet)) == READ
        assert "misnamed_file" in [note.code for note in sheet.notes(1)]
    path.write_text("This is no table.\nIt is a letter.\n", encoding="utf-8")
    refuse(path, "is not a workbook, whatever its name says")


def test_several_sheets_of_a_text_are_its_one_table(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [HEADER, *ROWS])
    assert [sheet.sheet for sheet in open_sheets(path, ["仓库A", "仓库B", 0])] == ["a"]
    with pytest.raises(DataError, match="no visible sheet number 1"):
        read_second(path)


def read_second(path: Path) -> None:
    with open_sheet(path, sheet=1):
        pass


def test_a_text_that_is_changed_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [HEADER, *([ROWS[0]] * 3000)])
    with open_sheet(path, sheet=0) as sheet:
        batches = sheet.batches()
        next(batches)
        write(path, [HEADER, *([ROWS[1]] * 3000)])
        with pytest.raises(DataError, match=r"a\.csv: was changed while it was read"):
            list(batches)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = write(tmp_path / "a.csv", [HEADER, *([[f"{n}", "店", "x", "1"] for n in range(rows)])], encoding="gbk")
        tracemalloc.start()
        with open_sheet(path, sheet=0) as sheet:
            assert sum(map(len, sheet.batches())) == rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(9_000) < 1.5 * peak(3_000)
