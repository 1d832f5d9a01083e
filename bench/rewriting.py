"""A workbook saved anew: as Excel saves it, with its texts in a part of their own, or with formats for its amounts.

Usage: ``python rewriting.py plain|formats SOURCE TARGET``. The cells stay what they are, but for the number format of
amounts. A process of its own, as what it takes must not count as the peak of processes that are measured later.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Literal

Kind = Literal["plain", "formats"]
"""``plain``: texts shared, as Excel saves them, and amounts without a format. ``formats``: texts in their cells, as
openpyxl and other programs write them, and amounts shown as ``#,##0.00``."""

_SHEET, _STYLES, _STRINGS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"
_TEXT = re.compile(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="inlineStr"><is>(<t[^>]*/>|<t.*?</t>)</is></c>', re.DOTALL)
_AMOUNT = re.compile(rb'<c r="([J-P]\d+)" t="n">')
_STYLE_COUNT = re.compile(rb'<cellXfs count="(\d+)">')
_MONEY = b'<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
_TYPE = b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'  # noqa: E501
_RELATION = b'<Relationship Id="rIdStrings" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'  # noqa: E501
_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
_PIECE = 1 << 22


def rewrite(kind: Kind, source: Path, target: Path) -> None:
    """Save a workbook of the demonstration anew."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as new:
        if kind == "plain":
            _share_texts(old, new)
        else:
            _format_amounts(old, new)


def _share_texts(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
    strings: dict[bytes, int] = {}

    def share(cell: re.Match[bytes]) -> bytes:
        return b'%s t="s"><v>%d</v></c>' % (cell[1], strings.setdefault(cell[2], len(strings)))

    _copy_sheet(old, new, lambda piece: _TEXT.sub(share, piece))
    new.writestr(_STRINGS, _HEAD + b"".join(b"<si>" + text + b"</si>" for text in strings) + b"</sst>")
    ends = {"[Content_Types].xml": (b"</Types>", _TYPE), "xl/_rels/workbook.xml.rels": (b"</Relationships>", _RELATION)}
    for name in _others(old):
        end, more = ends.get(name, (b"", b""))
        xml = old.read(name)
        new.writestr(name, xml.removesuffix(end) + more if end else xml)


def _format_amounts(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
    styles = old.read(_STYLES)
    count = int(_STYLE_COUNT.search(styles)[1])  # type: ignore[index] # every workbook has styles
    _copy_sheet(old, new, lambda piece: _AMOUNT.sub(rb'<c r="\1" s="%d" t="n">' % count, piece))
    styles = styles.replace(b"</cellXfs>", _MONEY)
    new.writestr(_STYLES, _STYLE_COUNT.sub(b'<cellXfs count="%d">' % (count + 1), styles))
    for name in _others(old):
        if name != _STYLES:
            new.writestr(name, old.read(name))


def _others(old: zipfile.ZipFile) -> Iterator[str]:
    return (name for name in old.namelist() if name != _SHEET)


def _copy_sheet(old: zipfile.ZipFile, new: zipfile.ZipFile, change: Callable[[bytes], bytes]) -> None:
    with old.open(_SHEET) as source, new.open(_SHEET, "w", force_zip64=True) as target:
        for piece in _rows(source):
            target.write(change(piece))


def _rows(source: IO[bytes]) -> Iterator[bytes]:
    """Give a sheet in pieces that end with a row."""
    rest = b""
    while chunk := source.read(_PIECE):
        whole, end, rest = (rest + chunk).rpartition(b"</row>")
        yield whole + end
    yield rest


if __name__ == "__main__":
    rewrite(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))  # type: ignore[arg-type] # a Kind
