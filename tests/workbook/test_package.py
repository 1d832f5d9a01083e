"""A package whose parts have other names than Excel gives them is read as what its parts say of each other."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.readings import READERS, read_whole
from support.workbooks import sheet_xml, styles_xml, write_package

ROWS = """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>45600</v></c></row>"""


def rewrite(path: Path, change: Callable[[str], str]) -> Path:
    """Change the names of a package's parts, and what its relations and content types say, alike."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            is_index = name.endswith((".rels", "Types].xml"))
            package.writestr(change(name), change(content) if is_index else content)
    return path


def write(folder: Path, **members: str) -> Path:
    shared = ["<t>名称</t>", "<t>日期</t>", "<t>甲</t>"]
    return write_package(
        folder / "一.xlsx", sheet_xml(ROWS), shared=shared, formats=["yyyy-mm-dd"], members={**members}
    )


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("styles.xml", "formats.xml"),
        ("sharedStrings.xml", "texts.xml"),
        ("workbook.xml", "book.xml"),
        ("worksheets/sheet1.xml", "sheets/first.xml"),
    ],
)
def test_it_is_read_exactly_by_either_reader(tmp_path: Path, usual: str, other: str) -> None:
    path = rewrite(write(tmp_path), lambda text: text.replace(usual, other))
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.column("日期") == [datetime.datetime.fromisoformat("2024-11-04")]
    assert exact.column("名称") == ["甲"]
    assert exact.same() == fast.same()
    assert (fast.reader, fast.fallback) == ("openpyxl", "its parts have unusual names")


def test_styles_that_nothing_refers_to_are_none(tmp_path: Path) -> None:
    """Though they lie where styles usually do, beside those that count."""
    members = {"xl/formats.xml": styles_xml(["yyyy-mm-dd"]), "xl/styles.xml": styles_xml(["0000"])}
    path = write(tmp_path, **members)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace("styles.xml", "formats.xml")
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.column("日期") == [datetime.datetime.fromisoformat("2024-11-04")]
    assert exact.same() == fast.same()


def test_capitals_make_no_other_name(tmp_path: Path) -> None:
    path = rewrite(write(tmp_path), lambda text: text.replace("sharedStrings.xml", "SharedStrings.xml"))
    exact, fast = (read_whole(path, reader=reader) for reader in READERS)
    assert exact.same() == fast.same()
    assert fast.reader == "fast"
