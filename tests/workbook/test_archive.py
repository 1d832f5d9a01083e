"""A workbook whose archive could be read in two ways is refused, whichever reader is asked for."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import IO, Any

import pytest
from support.archives import Part, change, read_parts, write_archive
from support.readings import read_whole
from support.workbooks import sheet_xml, write_package

from wdh.errors import DataError

MEMBER = "xl/worksheets/sheet1.xml"
SHEET = MEMBER.encode()


def rows(value: str) -> str:
    cells = (f'<row r="{row}"><c r="A{row}" t="str"><v>{text}</v></c></row>' for row, text in ((1, "码"), (2, value)))
    return sheet_xml("".join(cells))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_package(tmp_path / "一.xlsx", rows("good"))


@pytest.fixture
def parts(path: Path) -> tuple[Part, ...]:
    return read_parts(path)


def refuse(path: Path, reader: str, pattern: str) -> None:
    with pytest.raises(DataError, match=pattern) as caught:
        read_whole(path, reader=reader)
    assert caught.value.facts["file"] == str(path)


EVIL = rows("evil").encode()
TWINS = (
    b"xl\\worksheets\\sheet1.xml",
    b"XL/Worksheets/SHEET1.xml",
    b"xl/worksheets/%73heet1.xml",
    b"/xl/worksheets/sheet1.xml",
    b"xl//worksheets/sheet1.xml",
    b"./xl/worksheets/sheet1.xml",
    b"xl/./worksheets/sheet1.xml",
    b"xl%2Fworksheets%5Csheet1.xml",
    "xl/work\u017fheets/\u017fheet1.xml".encode(),
)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("twin", TWINS)
def test_two_parts_of_one_name_are_refused(
    path: Path, parts: tuple[Part, ...], reader: str, twin: bytes, is_first: bool
) -> None:
    """However the name is spelled: readers differ in which of them they take."""
    other = (Part(twin, EVIL, flags=0x800),)
    refuse(write_archive(path, other + parts if is_first else parts + other), reader, "two parts of one name")


def test_two_names_that_differ_in_composition_only_are_refused(
    path: Path, parts: tuple[Part, ...], reader: str
) -> None:
    twins = tuple(Part(f"xl/media/{name}.png".encode(), b"x", flags=0x800) for name in ("\u00e9", "e\u0301"))
    refuse(write_archive(path, parts + twins), reader, "two parts of one name")


def test_one_name_given_twice_is_refused(path: Path, parts: tuple[Part, ...], reader: str) -> None:
    refuse(write_archive(path, (*parts, Part(SHEET, EVIL))), reader, "twice")


SECOND_NAME = pack("<2HBL", 0x7075, 5 + len(SHEET), 1, zlib.crc32(b"xl/media/a.bin")) + SHEET
NAMED = Part(b"xl/media/a.bin", EVIL)

ODD: dict[str, tuple[dict[str, Any], str]] = {
    "another name before its bytes": ({"local_name": b"xl/worksheets/sheet2.xml"}, "in two ways"),
    "another size before its bytes": ({"local_size": 5}, "in two ways"),
    "another method before its bytes": ({"local_method": 0}, "in two ways"),
    "a size that is too small": ({"size": 50, "local_size": 50}, "damaged"),
    "encrypted": ({"flags": 1}, "encrypted"),
    "encrypted before its bytes": ({"local_flags": 1}, "encrypted"),
    "a masked directory": ({"flags": 0x2000}, "encrypted"),
    "packed by bzip2": ({"method": 12}, "unusual way"),
    "packed by lzma": ({"method": 14}, "unusual way"),
    "packed by deflate64": ({"method": 9}, "unusual way"),
    "a patch": ({"flags": 0x20}, "unusual way"),
    "on another disk": ({"disk": 1}, "pieces"),
    "bytes before it": ({"before": b"PK"}, "between its parts"),
    "bytes behind it": ({"behind": b"x"}, "between its parts"),
    "bytes behind it that are no description": ({"behind": b"x" * 12, "flags": 8}, "between its parts"),
    "the place of another": ({"offset": 0}, "overlap"),
    "a place within another": ({"offset": 40}, "overlap"),
    "a place past the end": ({"offset": 1 << 30}, "Do not trust it"),
    "a size that is told nowhere": ({"size": 0xFFFFFFFF}, "size"),
    "two fields for large sizes": ({"extra": pack("<2HQ", 1, 8, 5) * 2}, "unusual way"),
    "a field that is cut off": ({"extra": pack("<2H", 99, 50) + b"x"}, "unusual way"),
    "a name with a zero": ({"name": SHEET + b"\0.png"}, "unusual name"),
    "a name that is no text": ({"name": b"xl/\xff", "flags": 0x800}, "no text"),
    "a name that leads out": ({"name": b"xl/../../a.xml"}, "points outside"),
}


@pytest.mark.parametrize(("changes", "pattern"), ODD.values(), ids=ODD)
def test_a_part_that_readers_may_find_otherwise_is_refused(
    path: Path, parts: tuple[Part, ...], reader: str, changes: dict[str, Any], pattern: str
) -> None:
    refuse(write_archive(path, change(parts, SHEET, **changes)), reader, pattern)


@pytest.mark.parametrize("place", ["extra", "local_extra"])
def test_a_second_name_beside_a_name_is_refused(path: Path, parts: tuple[Part, ...], reader: str, place: str) -> None:
    """Some readers believe the field 0x7075, and others do not know it."""
    other = change((NAMED,), NAMED.name, **{place: SECOND_NAME})
    refuse(write_archive(path, parts + other), reader, "second name")


ENDS: dict[str, tuple[dict[str, Any], str]] = {
    "bytes in front that the places know of": ({"before": b"#!/bin/sh\n"}, "before its first part"),
    "bytes in front that they do not know of": ({"before": b"x" * 9, "shift": -9}, "belong to none"),
    "bytes before the directory": ({"gap": b"x"}, "between its parts"),
    "bytes behind": ({"behind": b"x"}, "behind its end"),
    "fewer parts than there are": ({"count": 2}, "more parts than it says"),
    "more parts than there are": ({"count": 90}, "damaged directory"),
    "several disks": ({"disk": 1}, "pieces"),
}


@pytest.mark.parametrize(("changes", "pattern"), ENDS.values(), ids=ENDS)
def test_an_archive_with_bytes_that_belong_to_no_part_is_refused(
    path: Path, parts: tuple[Part, ...], reader: str, changes: dict[str, Any], pattern: str
) -> None:
    refuse(write_archive(path, parts, **changes), reader, pattern)


@pytest.mark.parametrize("behind", [b"", b"x"])
def test_an_archive_in_the_comment_or_behind_is_refused(
    path: Path, parts: tuple[Part, ...], reader: str, behind: bytes
) -> None:
    evil = write_archive(path, change(parts, SHEET, content=EVIL)).read_bytes()
    refuse(write_archive(path, parts, comment=evil), reader, "second archive")
    refuse(write_archive(path, parts, behind=evil + behind), reader, "Do not trust it")
    refuse(write_archive(path, parts, before=evil), reader, "Do not trust it")
    refuse(write_archive(path, parts, before=evil, shift=-len(evil)), reader, "Do not trust it")


def test_an_archive_without_a_part_is_refused(path: Path, reader: str) -> None:
    refuse(write_archive(path, ()), reader, "not a workbook")
    refuse(write_archive(path, (), before=b"xx"), reader, "before its first part")


def _describe(path: Path, file: IO[bytes]) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))


class _Stream(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def as_a_stream(path: Path) -> None:
    stream = _Stream()
    _describe(path, stream)
    path.write_bytes(stream.getvalue())


def with_room_for_large_sizes(path: Path) -> None:
    parts = read_parts(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part in parts:
            with package.open(part.name.decode(), "w", force_zip64=True) as target:
                target.write(part.content)


def with_a_large_end(path: Path) -> None:
    """The end of an archive in its form for large ones, as some writers always write it."""
    content = path.read_bytes()
    number, size, start = zipfile.ZipFile(path).infolist().__len__(), *_directory(content)
    end = b"PK\6\6" + pack("<Q2H2L4Q", 44, 45, 45, 0, 0, number, number, size, start)
    end += b"PK\6\7" + pack("<LQL", 0, len(content) - 22, 1)
    path.write_bytes(content[:-22] + end + b"PK\5\6" + pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def _directory(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[-10:-6], "little"), int.from_bytes(content[-6:-2], "little")


def with_a_comment(path: Path) -> None:
    write_archive(path, read_parts(path), comment="由系统导出".encode())


def with_padding(path: Path) -> None:
    """Excel leaves room behind a name for one part to grow."""
    write_archive(
        path, change(read_parts(path), b"[Content_Types].xml", local_extra=pack("<2H", 0xA220, 300) + b"\0" * 300)
    )


def with_slashes_in_front(path: Path) -> None:
    write_archive(path, [Part(b"/" + part.name, part.content) for part in read_parts(path)])


def with_its_own_name_once_more(path: Path) -> None:
    extra = pack("<2HBL", 0x7075, 5 + len(SHEET), 1, zlib.crc32(SHEET)) + SHEET
    write_archive(path, change(read_parts(path), SHEET, extra=extra, local_extra=extra))


def with_stored_parts(path: Path) -> None:
    write_archive(path, [Part(part.name, part.content, method=0) for part in read_parts(path)])


def with_folders(path: Path) -> None:
    write_archive(path, [Part(b"xl/", b"", method=0), *read_parts(path)])


SOUND: tuple[Callable[[Path], None], ...] = (
    as_a_stream,
    with_room_for_large_sizes,
    with_a_large_end,
    with_a_comment,
    with_padding,
    with_slashes_in_front,
    with_its_own_name_once_more,
    with_stored_parts,
    with_folders,
)


@pytest.mark.parametrize("rewrite", SOUND)
def test_an_archive_that_other_writers_write_is_read(path: Path, reader: str, rewrite: Callable[[Path], None]) -> None:
    rewrite(path)
    assert read_whole(path, reader=reader).column("码") == ["good"]


def test_a_large_end_that_differs_from_the_small_one_is_refused(path: Path, reader: str) -> None:
    with_a_large_end(path)
    content = bytearray(path.read_bytes())
    content[-14:-12] = content[-12:-10] = (1).to_bytes(2, "little")
    path.write_bytes(content)
    refuse(path, reader, "two ways")


@pytest.mark.parametrize("tail", [b"<!-- more -->" * 100_000, b"<row>"])
def test_a_part_is_no_longer_than_the_archive_says(
    path: Path, parts: tuple[Part, ...], reader: str, tail: bytes
) -> None:
    """Another reader would unpack all of it, whatever the limits allow."""
    whole = next(part.content for part in parts if part.name == SHEET)
    lying = change(parts, SHEET, content=whole + tail, size=len(whole))
    refuse(write_archive(path, lying), reader, "longer than the archive says")
