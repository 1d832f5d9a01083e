"""The lower rows of a sheet, kept as a workbook of their own while they are looked over."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from support.helpers import near_helper
from support.readings import ONE_ROW, read_in_parts, read_whole
from support.workbooks import merge_xml, sheet_xml, write_package

from wdh.workbook import LowerRows, open_sheet
from wdh.workbook.package.archive import open_archive
from wdh.workbook.survey.excerpt import Excerpt, path_of

ROWS = 60


@pytest.fixture(autouse=True)
def small_pieces() -> Iterator[None]:
    with near_helper(piece=200):
        yield


def write(folder: Path, *, tail: str = "") -> Path:
    """Write shared strings, numbers with a format, and a hidden row on both sides of the cut."""
    hidden = {3: ' hidden="1"', 50: ' hidden="1"'}
    rows = "".join(
        f'<row r="{n}"{hidden.get(n, "")}><c r="A{n}" t="s"><v>{n % 2}</v></c><c r="B{n}" s="1"><v>{n}</v></c></row>'
        for n in range(1, ROWS + 1)
    )
    shared = ["<t>甲</t>", "<t>乙 &amp; 丙</t>"]
    return write_package(folder / "一.xlsx", sheet_xml(rows, tail=tail), shared=shared, formats=["General", "0000"])


def kept_from(lower: LowerRows | None) -> Path | None:
    return None if lower is None else lower.rows._path


@pytest.mark.parametrize("batch_rows", [1, 4, 7])
def test_they_are_read_from_it_and_are_the_same(tmp_path: Path, batch_rows: int) -> None:
    path = write(tmp_path, tail=merge_xml("A55:A57"))
    with open_sheet(path, sheet=0, reader="fast", batch_rows=batch_rows, limits=ONE_ROW) as opened:
        assert opened.helper is not None
        assert kept_from(opened.lower_rows()) == path_of(opened.helper.rows)
    parts = read_in_parts(path, batch_rows=batch_rows)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="fast").same()


def test_it_holds_the_rows_from_its_first_one_on_and_no_row_above(tmp_path: Path) -> None:
    path = write(tmp_path)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=1, limits=ONE_ROW) as opened:
        lower = opened.lower_rows()
        assert lower is not None
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
        with Excerpt(Full(file, room), package, "xl/worksheets/sheet1.xml") as excerpt:
            excerpt.add(b"<worksheet><sheetData><row", may_begin=False)
            for number in range(1, ROWS):
                excerpt.add(f'<row r="{number}"><c><v>{"1" * 50}</v></c></row>'.encode(), may_begin=number > 5)
        assert excerpt.first == 0
        assert Path(path_of(file)).stat().st_size == 0


def test_without_it_the_rows_are_read_from_the_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Excerpt, "add", lambda *_, **__: None)
    path = write(tmp_path)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=4, limits=ONE_ROW) as opened:
        assert kept_from(opened.lower_rows()) == path
    parts = read_in_parts(path, batch_rows=4)
    assert parts is not None
    assert parts.same() == read_whole(path, reader="fast").same()
