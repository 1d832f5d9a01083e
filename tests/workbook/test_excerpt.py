"""The lower rows of a sheet, kept as a workbook of their own while they are looked over."""

from __future__ import annotations

import io
import math
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import pytest
from support.helpers import near_helper
from support.readings import ONE_ROW, read_in_parts, read_whole
from support.workbooks import merge_xml, sheet_xml, write_package

from wdh.workbook import open_sheet
from wdh.workbook.package.archive import open_archive
from wdh.workbook.survey.excerpt import Excerpt, path_of

ROWS = 60


@pytest.fixture(autouse=True)
def small_pieces() -> Iterator[None]:
    with near_helper(piece=200):
        yield


def write(folder: Path, *, tail: str = "", rows: int = ROWS, long: Collection[int] = ()) -> Path:
    """Write shared strings, numbers with a format, and a hidden row on both sides of the cut; some rows are longer."""
    hidden = {3: ' hidden="1"', 50: ' hidden="1"'}
    lines = "".join(
        f'<row r="{n}"{hidden.get(n, "")}><c r="A{n}" t="s"><v>{n % 2}</v></c><c r="B{n}" s="1"><v>{n}</v></c>'
        f'{f"""<c r="C{n}" t="inlineStr"><is><t>{"长" * 60}</t></is></c>""" if n in long else ""}</row>'
        for n in range(1, rows + 1)
    )
    shared = ["<t>甲</t>", "<t>乙 &amp; 丙</t>"]
    return write_package(folder / "一.xlsx", sheet_xml(lines, tail=tail), shared=shared, formats=["General", "0000"])


@pytest.mark.parametrize("batch_rows", [1, 4, 7])
def test_they_are_read_from_it_and_are_the_same(tmp_path: Path, batch_rows: int) -> None:
    path = write(tmp_path, tail=merge_xml("A55:A57"))
    with open_sheet(path, sheet=0, reader="fast", batch_rows=batch_rows, limits=ONE_ROW) as opened:
        assert [rows.rows._path for rows in opened.lower_rows(2)] == opened.apart.excerpts
    parts = read_in_parts(path, batch_rows=batch_rows)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="fast").same()


@pytest.mark.parametrize("parts", [3, 4, 8])
def test_each_of_several_parts_is_read_from_its_own(tmp_path: Path, parts: int) -> None:
    """Each has its rows, little above and below them, and is a workbook of its own."""
    rows = 800
    path = write(tmp_path, rows=rows)
    with near_helper(piece=400, processes=parts):
        with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
            lower = opened.lower_rows(parts)
            assert [each.rows._path for each in lower] == opened.apart.excerpts
            for each, excerpt in zip(lower, opened.apart.excerpts, strict=True):
                xml = ElementTree.fromstring(zipfile.ZipFile(excerpt).read("xl/worksheets/sheet1.xml"))  # noqa: S314
                kept = [int(row.attrib["r"]) for row in xml.iter() if row.tag.endswith("}row")]
                assert {*kept} >= {*range(each.first, each.end or rows + 1)}
                assert len(kept) < 1.4 * rows / parts
        read = read_in_parts(path, batch_rows=4, parts=parts)
    assert read is not None
    assert read.same() == read_whole(path, reader="fast").same()


@pytest.mark.parametrize("last", [False, True])
def test_where_a_merged_range_lies_across_a_cut_no_row_below_is_lost(tmp_path: Path, last: bool) -> None:
    """The part above it goes on to the next cut, or to the end; its excerpt ends where the cut would have been."""
    rows = 800
    with near_helper(piece=400, processes=4):
        path = write(tmp_path, rows=rows)
        with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
            uncut = opened.lower_rows(4)
        cut = uncut[-1 if last else 1].first
        path = write(tmp_path, rows=rows, tail=merge_xml(f"A{cut - 1}:A{cut + 1}"))
        with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
            lower = opened.lower_rows(4)
        assert [each.first for each in lower] == [each.first for each in uncut if each.first != cut]
        read = read_in_parts(path, batch_rows=4, parts=4)
    assert read is not None
    assert len(read.rows) == rows - 1
    assert read.same() == read_whole(path, reader="fast").same()


def test_where_it_lacks_rows_of_its_part_they_are_read_from_the_workbook(tmp_path: Path) -> None:
    """As where the rows of a sheet are much longer in one half."""
    path = write(tmp_path, rows=800, long=range(2, 401))
    with near_helper(piece=400, processes=4):
        with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
            assert path in [each.rows._path for each in opened.lower_rows(4)]
        read = read_in_parts(path, batch_rows=4, parts=4)
    assert read is not None
    assert read.same() == read_whole(path, reader="fast").same()


def test_it_holds_the_rows_from_its_first_one_on_and_no_row_above(tmp_path: Path) -> None:
    path = write(tmp_path)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=1, limits=ONE_ROW) as opened:
        (lower,) = opened.lower_rows(2)
        excerpt = zipfile.ZipFile(lower.rows._path).read("xl/worksheets/sheet1.xml")
    with open_archive(path, most=100) as package:
        whole = b"".join(package.read("xl/worksheets/sheet1.xml"))
    begin = excerpt.index(b"<row")
    assert whole.startswith(excerpt[:begin])
    assert whole.endswith(excerpt[begin:])
    assert whole.count(b"<row") > 1.5 * excerpt.count(b"<row")


class Full(io.BytesIO):
    """A file on a disk that is full after so many bytes; it can be cut to nothing."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        super().__init__()
        self._file, self._room = file, room

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, content: object) -> int:
        self._room -= len(content)  # type: ignore[arg-type]
        if self._room < 0:
            raise OSError(28, "No space left on device")
        self._file.write(content)  # type: ignore[call-overload]
        self._file.flush()
        return super().write(content)  # type: ignore[arg-type]


@pytest.mark.parametrize("room", [0, 100, 1_000, 2_000, 3_000])
def test_where_there_is_no_room_it_gives_all_of_it_back(tmp_path: Path, room: int) -> None:
    path = write(tmp_path)
    with tempfile.TemporaryFile() as file, open_archive(path, most=100) as package:
        with Excerpt(Full(file, room), package, "xl/worksheets/sheet1.xml", between=(5, math.inf)) as excerpt:
            excerpt.add(b"<worksheet><sheetData><row", above=0)
            for number in range(1, ROWS):
                excerpt.add(f'<row r="{number}"><c><v>{"1" * 50}</v></c></row>'.encode(), above=number)
        assert not excerpt.rows
        assert Path(path_of(file)).stat().st_size == 0


@pytest.mark.parametrize("end", [30, 1_000])
def test_one_whose_end_does_not_come_is_none(tmp_path: Path, end: int) -> None:
    path = write(tmp_path)
    with tempfile.TemporaryFile() as file, open_archive(path, most=100) as package:
        with Excerpt(file, package, "xl/worksheets/sheet1.xml", between=(5, end)) as excerpt:
            excerpt.add(b"<worksheet><sheetData><row", above=0)
            for number in range(1, ROWS):
                excerpt.add(f'<row r="{number}"><c><v>1</v></c></row>'.encode(), above=number)
        assert excerpt.rows == (range(6, 31) if end == 30 else range(0))
        assert bool(Path(path_of(file)).stat().st_size) is (end == 30)


def test_without_it_the_rows_are_read_from_the_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Excerpt, "add", lambda *_, **__: None)
    path = write(tmp_path)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
        assert [rows.rows._path for rows in opened.lower_rows(2)] == [path]
    parts = read_in_parts(path, batch_rows=4)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="fast").same()
