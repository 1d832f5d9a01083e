"""What is not a sound workbook is refused before anything is read, with the file's name and what to do."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.left_english import find_english
from support.readings import read_whole
from support.workbooks import SHEET, sheet_xml, write_package, write_rows

from wdh.errors import DataError, SetupError
from wdh.words.language import in_english, speaking
from wdh.workbook import Limits, open_sheet
from wdh.workbook.package.guard import check_file

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>码</t></is></c></row><row r="2"><c r="A2"><v>5</v></c></row>'
SOUND = sheet_xml(ROWS)
MEMBER = "xl/worksheets/sheet1.xml"


def refuse(path: Path, pattern: str, *, sheet: str | int = SHEET, reader: str = "auto", **options: Any) -> DataError:
    """Read a sheet and return the DataError that it must raise; its text names the file and matches the pattern.

    In Chinese it says the same, with no English left in it.
    """
    with pytest.raises(DataError, match=pattern) as caught:
        read_whole(path, reader=reader, sheet=sheet, **options)
    assert path.name in str(caught.value)
    assert caught.value.facts["file"] == str(path)
    with speaking("zh"), pytest.raises(DataError) as again:
        read_whole(path, reader=reader, sheet=sheet, **options)
    assert find_english(str(again.value)) == []
    assert in_english(again.value.message) == caught.value.message
    return caught.value


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    refuse(tmp_path / "没有.xlsx", "no such file")


def test_a_folder_is_no_workbook(tmp_path: Path) -> None:
    refuse(tmp_path, "folder")


def test_a_pipe_is_no_workbook(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "一.xlsx")
    refuse(tmp_path / "一.xlsx", "no plain file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND)
    path.chmod(0)
    refuse(path, "permissions")


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (b"", "zero bytes"),
        (b"a letter\nof two lines\n", "not a workbook"),
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), r"\.xls workbook.*save it as \.xlsx"),
        (OLE + b"\0" * (1 << 20) + "EncryptedPackage".encode("utf-16-le"), "remove the password"),
        (OLE + b"\0" * ((1 << 20) - 18) + "EncryptedPackage".encode("utf-16-le"), "remove the password"),
    ],
)
def test_what_is_no_zip_is_told_apart(tmp_path: Path, content: bytes, pattern: str) -> None:
    path = tmp_path / "一.xlsx"
    path.write_bytes(content)
    refuse(path, pattern)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_workbook_is_called_cut_off(tmp_path: Path, share: float) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码"]] + [[n] for n in range(500)])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    refuse(path, "cut off")


def test_bytes_changed_inside_are_found_by_the_checksum(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码"]] + [[n] for n in range(5000)])
    with zipfile.ZipFile(path) as package:
        part = package.getinfo(MEMBER)
    content = bytearray(path.read_bytes())
    content[part.header_offset + 400] ^= 0xFF
    path.write_bytes(content)
    refuse(path, "damaged")


@pytest.mark.parametrize(
    ("members", "pattern"),
    [
        ({"[Content_Types].xml": None}, "a zip, but not a workbook"),
        ({"[Content_Types].xml": None, "mimetype": "x"}, "OpenDocument"),
        ({"xl/workbook.bin": b"x"}, "lacks its part xl/_rels/workbook.bin.rels"),
        ({"_rels/.rels": None}, "without a workbook"),
        ({"xl/workbook.xml": None}, "without a workbook"),
        ({"xl/_rels/workbook.xml.rels": None}, "lacks its part"),
        ({MEMBER: None}, "lacks its part"),
        ({"xl/workbook.xml": "<workbook"}, "damaged"),
        ({"xl/styles.xml": "<styleSheet"}, "damaged"),
        ({"../evil.xml": "<a/>"}, "points outside"),
        ({"xl/..\\..\\evil.xml": "<a/>"}, "points outside"),
        ({MEMBER: SOUND.encode("utf-16") + b"\x00"}, "damaged"),
        ({MEMBER: SOUND.replace("UTF-8", "UTF-32").encode("utf-32")}, "not in UTF-8 or UTF-16"),
        ({MEMBER: SOUND.replace("UTF-8", "GBK").encode("gbk")}, "not in UTF-8 or UTF-16"),
    ],
)
def test_a_package_that_is_no_sound_workbook_is_refused(tmp_path: Path, members: Any, pattern: str) -> None:
    refuse(write_package(tmp_path / "一.xlsx", SOUND, members=members), pattern)


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("member", [MEMBER, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "_rels/.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", [BOMB, f"<!-- {'-x' * 40_000} -->{BOMB}", "<!DOCTYPE worksheet>"])
def test_document_types_and_entities_are_refused_in_every_part(
    tmp_path: Path, member: str, before: str, encoding: str
) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND, shared=["<t>s</t>"])
    with zipfile.ZipFile(path) as package:
        content = package.read(member).decode()
    head, _, rest = content.partition("?>\n")
    head = head.replace("UTF-8", encoding)
    write_package(path, SOUND, shared=["<t>s</t>"], members={member: f"{head}?>{before}{rest}".encode(encoding)})
    refuse(path, "Do not trust it")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_held_twice_is_refused(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(MEMBER, SOUND)
    refuse(path, "twice")


def test_a_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND, members={"xl/sharedStrings.xml": b"<sst>" + b" " * (8 << 20)})
    refuse(path, "200 times")


def test_a_part_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND)
    refuse(path, "unpacks to over", limits=Limits(part_bytes=100))
    refuse(path, "unpacks to over", limits=Limits(sheet_bytes=100))


def test_a_size_that_the_package_lies_about_is_found(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", SOUND)
    size = len(SOUND.encode()).to_bytes(4, "little")
    content = path.read_bytes()
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (200).to_bytes(4, "little")))
    refuse(path, "damaged")


@pytest.mark.parametrize("sheet", ["规模明系", "收入", 7, -1])
def test_a_missing_sheet_lists_the_sheets_there_are(tmp_path: Path, sheet: str | int) -> None:
    path = write_package(tmp_path / "一.xlsx", {"规模明细": SOUND, "收入明细": SOUND})
    error = refuse(path, "Its sheets: 规模明细, 收入明细", sheet=sheet)
    assert ("Did you mean 规模明细" in str(error)) == (sheet == "规模明系")


@pytest.mark.parametrize("sheet", ["规模明细", 1, " 规模 明细 ", "规模明细\u3000"])
def test_a_sheet_is_found_by_name_by_index_and_but_for_blanks(tmp_path: Path, sheet: str | int) -> None:
    path = write_package(tmp_path / "一.xlsx", {"收入明细": sheet_xml(ROWS.replace("码", "钱")), "规模明细": SOUND})
    assert read_whole(path, sheet=sheet).headers == ("码",)


def test_an_exact_sheet_name_goes_before_a_similar_one(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", {"明细 (1)": sheet_xml(ROWS.replace("码", "钱")), "明细(1)": SOUND})
    assert read_whole(path, sheet="明细(1)").headers == ("码",)
    refuse(path, "2 sheets could be", sheet="明细（1）")


def test_a_chart_sheet_has_no_rows(tmp_path: Path) -> None:
    path = write_package(tmp_path / "一.xlsx", {"图": SOUND, "规模明细": SOUND})
    with zipfile.ZipFile(path) as package:
        links = package.read("xl/_rels/workbook.xml.rels").decode()
    links = links.replace('/worksheet"', '/chartsheet"', 1)
    write_package(path, {"图": SOUND, "规模明细": SOUND}, members={"xl/_rels/workbook.xml.rels": links})
    refuse(path, "is no worksheet", sheet="图")
    assert read_whole(path, sheet=0).headers == ("码",)


@pytest.mark.parametrize(
    ("rows", "pattern"),
    [
        ("", "no header and no rows"),
        ('<row r="1"><c r="A1"/></row>', "no header and no rows"),
        ('<row r="1"><c r="A1" t="inlineStr"><is><t>  </t></is></c></row>', "no header and no rows"),
        ('<row r="3"><c r="A3" t="inlineStr"><is><t>码</t></is></c></row><row r="4"/>', r"no rows below.*row 3"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>', "row 1 follows row 2"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>', "A2 is written twice"),
        ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "past the last row"),
        (ROWS.replace("<v>5</v></c>", "<v>5</v>"), "damaged"),
        (ROWS.replace("<v>5</v>", "<v>&nope;</v>"), "damaged"),
        (ROWS.replace('r="A2"', 'r="$A$2"'), "damaged"),
        (ROWS.replace('<c r="A2">', '<c r="A2" t="zz">'), None),
    ],
)
def test_a_sheet_without_rows_or_with_damaged_ones_is_refused(
    tmp_path: Path, reader: str, rows: str, pattern: str | None
) -> None:
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    if pattern is not None:
        error = refuse(path, pattern, reader=reader)
        assert error.facts["sheet"] == SHEET


def test_damage_in_mid_sheet_names_the_row_reached(tmp_path: Path, reader: str) -> None:
    many = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(3, 5000))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(ROWS + many + '<row r="5000"><c r="A5000"><v>1</c></row>'))
    error = refuse(path, "damaged", reader=reader, batch_rows=100)
    assert isinstance(error.facts["row"], int)
    assert 4800 < error.facts["row"] <= 5000


def test_too_many_columns_and_merged_ranges_are_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "一.xlsx", [[f"列{n}" for n in range(30)], list(range(30))])
    refuse(path, "30 columns", limits=Limits(columns=20))
    merged = sheet_xml(ROWS, tail='<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:B2"/></mergeCells>')
    refuse(write_package(path, merged), "merged ranges", limits=Limits(merged_areas=1))


def test_a_workbook_that_changes_while_it_is_read_is_refused(tmp_path: Path, reader: str) -> None:
    path = write_rows(tmp_path / "一.xlsx", [["码"]] + [[n] for n in range(100)])
    with open_sheet(path, sheet=0, reader=reader) as sheet:  # type: ignore[arg-type]
        os.utime(path, ns=(1, 1))
        with pytest.raises(DataError, match="changed while it was read"):
            list(sheet.batches())


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    import hashlib

    path = write_package(tmp_path / "一.xlsx", SOUND)
    with open_sheet(path, sheet=0) as sheet:
        assert sheet.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == check_file(path)[0]


def test_fast_without_its_extra_is_a_fault_of_the_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if "calamine" in name else find(name))
    path = write_package(tmp_path / "一.xlsx", SOUND)
    with pytest.raises(SetupError, match=r'pip install "wdh\[fast\]"'):
        open_sheet(path, sheet=0, reader="fast")
    assert read_whole(path, reader="auto").reader == "openpyxl"
