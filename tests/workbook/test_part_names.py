"""Part names are equal without regard to case, percent-encoding and slashes; parts may be in UTF-16."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.readings import READERS, Reading, read_whole
from support.workbooks import sheet_xml, write_package

from wdh.errors import DataError
from wdh.workbook import Limits, Workbook
from wdh.workbook.package import original
from wdh.workbook.package.part_names import PartNames, resolve_target

ROWS = """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>45600</v></c></row>"""
SHARED = ["<t>名称</t>", "<t>日期</t>", "<t>甲</t>"]
PARTS = ["styles.xml", "sharedStrings.xml", "workbook.xml", "worksheets/sheet1.xml", "_rels/workbook.xml.rels"]


def read_parts(folder: Path) -> dict[str, bytes]:
    path = write_package(folder / "一.xlsx", sheet_xml(ROWS), shared=SHARED, formats=["yyyy-mm-dd"])
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def read_by_both(path: Path) -> Reading:
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.same() == fast.same()
    assert exact.column("日期") == [datetime.datetime.fromisoformat("2024-11-04")]
    assert exact.column("名称") == ["甲"]
    return fast


@pytest.mark.parametrize("part", [*PARTS, "_rels/.rels", "[Content_Types].xml", ""])
@pytest.mark.parametrize("change", [str.upper, str.lower, str.title], ids=["upper", "lower", "title"])
def test_a_part_is_found_in_any_case(tmp_path: Path, part: str, change: Callable[[str], str]) -> None:
    """Though the relations that lead to it spell its name otherwise; part "" is all of them."""
    parts = {change(name) if part in name else name: content for name, content in read_parts(tmp_path).items()}
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_found_by_a_name_with_encoded_characters(tmp_path: Path, part: str) -> None:
    def encode(name: str) -> str:
        return name.replace("s", "%73").replace("e", "%65")

    parts = {encode(name) if part in name else name: content for name, content in read_parts(tmp_path).items()}
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


@pytest.mark.parametrize(
    "target",
    [
        "./worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "/xl/worksheets/sheet1.xml",
        "/xl/./worksheets/../worksheets/sheet1.xml",
        "worksheets\\sheet1.xml",
        "\\xl\\worksheets\\sheet1.xml",
        "worksheets/sheet%31.xml",
        "WORKSHEETS/SHEET1.XML",
    ],
)
def test_a_target_is_resolved_as_any_address_is(tmp_path: Path, target: str) -> None:
    parts = read_parts(tmp_path)
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"worksheets/sheet1.xml", target.encode())
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


@pytest.mark.parametrize("part", [*PARTS, "_rels/.rels", ""])
def test_names_with_backslashes_are_read(tmp_path: Path, part: str) -> None:
    """Older versions of .NET write them."""
    parts = {
        name.replace("/", "\\") if part in name else name: content for name, content in read_parts(tmp_path).items()
    }
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


def test_a_document_type_is_refused_whatever_its_part_is_called(tmp_path: Path) -> None:
    for name in ("xl\\worksheets\\sheet1.xml", "xl/worksheets/sheet1.dat", "sheets/one.xml", "one"):
        parts = read_parts(tmp_path)
        bad = parts.pop("xl/worksheets/sheet1.xml").replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)
        links = "xl/_rels/workbook.xml.rels"
        parts[links] = parts[links].replace(b"worksheets/sheet1.xml", b"/" + name.encode())
        path = write_parts(tmp_path / "一.xlsx", {**parts, name: bad})
        for reader in READERS:
            with pytest.raises(DataError, match="declares a document type"):
                read_whole(path, reader=reader)


@pytest.mark.parametrize("part", [*PARTS, "_rels/.rels", ""])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_parts_in_utf_16_are_read(tmp_path: Path, part: str, encoding: str) -> None:
    """With a byte order mark or without, which their declaration tells as well."""
    parts = read_parts(tmp_path)
    for name, content in parts.items():
        if part in name:
            parts[name] = content.decode().replace('"UTF-8"', '"UTF-16"').encode(encoding)
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


def test_a_long_sheet_in_utf_16_is_read_to_its_end(tmp_path: Path) -> None:
    """A character that two code units make may lie across a cut."""
    text = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>𠮷{n}</t></is></c></row>' for n in range(1, 20_000))
    plain = sheet_xml(text)
    whole = read_whole(write_package(tmp_path / "一.xlsx", plain))
    coded = plain.replace('"UTF-8"', '"utf-16"').encode("utf-16")
    path = write_package(tmp_path / "二.xlsx", plain, members={"xl/worksheets/sheet1.xml": coded})
    for reader in READERS:
        read = read_whole(path, reader=reader)
        assert read.same() == whole.same()
        assert len(read.rows) == 19_998


@pytest.mark.parametrize("part", [*PARTS, "_rels/.rels", ""])
@pytest.mark.parametrize("before", [b"\n", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blanks_before_the_declaration_change_nothing(tmp_path: Path, part: str, before: bytes) -> None:
    parts = {name: before + content if part in name else content for name, content in read_parts(tmp_path).items()}
    read_by_both(write_parts(tmp_path / "一.xlsx", parts))


def test_cells_with_formats_are_refused_where_the_table_of_formats_is_missing(tmp_path: Path) -> None:
    """A date would be a number, and a code would lose its zeros: no styles found is not the same as no styles."""
    for is_referred in (True, False):
        parts = read_parts(tmp_path)
        del parts["xl/styles.xml"]
        links = "xl/_rels/workbook.xml.rels"
        if not is_referred:
            parts[links] = re.sub(rb"<Relationship [^<>]*styles.xml[^<>]*>", b"", parts[links])
        path = write_parts(tmp_path / "一.xlsx", parts)
        for reader in READERS:
            with pytest.raises(DataError, match="lacks the table of them"):
                read_whole(path, reader=reader)
        parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b's="1"', b's="0"')
        for reader in READERS:
            assert read_whole(write_parts(path, parts), reader=reader).column("日期") == [45600]


def test_a_name_that_could_be_either_of_two_parts_is_none() -> None:
    names = PartNames(["xl/Styles.xml", "xl/STYLES.xml", "xl/a%20b.xml"])
    assert names.find("xl/Styles.xml") == "xl/Styles.xml"
    assert names.find("xl/styles.xml") is None
    assert names.find("\\xl\\A B.xml") == "xl/a%20b.xml"
    assert resolve_target("xl\\workbook.xml", ".\\worksheets\\1.xml") == "xl/worksheets/1.xml"
    assert resolve_target("", "xl/workbook.xml") == "xl/workbook.xml"


def test_a_row_written_in_parts_is_one_row(tmp_path: Path, reader: str) -> None:
    """Some writers write a row for each cell. A cell that is written twice is none that can be known."""
    rows = "".join(
        f'<row r="{row}"><c r="{column}{row}"><v>{row}{place}</v></c></row>'
        for row in range(1, 200)
        for place, column in enumerate("ABC")
    )
    read = read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), reader=reader, batch_rows=7)
    assert read.headers == ("10", "11", "12")
    assert read.rows == tuple(range(2, 200))
    assert read.column("12") == [int(f"{row}2") for row in range(2, 200)]
    assert read.blank == 0
    twice = write_package(tmp_path / "二.xlsx", sheet_xml(rows.replace('<c r="C50">', '<c r="B50">')))
    with pytest.raises(DataError, match="B50 is written twice"):
        read_whole(twice, reader=reader)


def test_a_workbook_held_open_is_checked_and_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its sheets are opened: some workbooks have a thousand."""
    path = write_package(tmp_path / "一.xlsx", {f"表{n}": sheet_xml(ROWS) for n in range(40)}, shared=SHARED)
    opened: list[Path] = []
    check = original.check_file
    monkeypatch.setattr(original, "check_file", lambda path: opened.append(path) or check(path))
    with Workbook(path) as book:
        for name in book.sheets:
            with book.open_sheet(name) as sheet:
                assert sheet.headers == ("名称", "日期")
        with book.open_sheet(39) as sheet:
            assert [len(batch) for batch in sheet.batches()] == [1]
    assert len(opened) == 1


@pytest.mark.parametrize("name", ["worksheets/strings.xml", "strings.bin", "media/strings.png"])
def test_a_part_has_the_limits_of_what_it_is_referred_to_as(tmp_path: Path, reader: str, name: str) -> None:
    """And not those of what its name says."""
    path = write_package(tmp_path / "一.xlsx", sheet_xml(ROWS), shared=SHARED)
    parts = read_parts(tmp_path)
    links = parts["xl/_rels/workbook.xml.rels"].replace(b"sharedStrings.xml", name.encode())
    long = parts.pop("xl/sharedStrings.xml").replace(b"</sst>", b"<!-- " + b"x" * 9_000 + b" --></sst>")
    write_parts(path, {**parts, "xl/_rels/workbook.xml.rels": links, f"xl/{name}": long})
    with pytest.raises(DataError, match="unpacks to over"):
        read_whole(path, reader=reader, limits=Limits(part_bytes=8_000))
