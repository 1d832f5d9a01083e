"""The raw XML of a sheet in pieces of half a MiB, cut where a row or an element ends."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from wdh.settings import Limits
from wdh.workbook.package.archive import Archive
from wdh.workbook.package.contents import SheetPart
from wdh.workbook.package.guard import check_marked, read_chunks

_PIECE = 1 << 19  # holds fewer cells than one row may have, so that rows need not be told apart


def sheet_pieces(
    path: Path, package: Archive, sheet: SheetPart, limits: Limits
) -> Generator[tuple[bytes, float], None, None]:
    """Give the pieces of a sheet, and the share of it that ends with each: 0 where what ends there is no row."""
    seen = 0
    size = package.entries[sheet.member].size if sheet.member in package.entries else 0
    with contextlib.closing(read_chunks(path, package, sheet.member, size=_PIECE)) as chunks:
        for piece in _pieces(_marked(path, sheet.member, chunks), limits=limits):
            seen += len(piece)
            yield piece, seen / size if size and piece.endswith(b"</row>") else 0.0


def _pieces(chunks: Iterator[bytes], *, limits: Limits) -> Iterator[bytes]:
    """Cut the stream at the end of a row, or of an element where no row ends, so that no match lies across a cut."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        end = rest.rfind(b"row>")
        end = end if end >= 0 else rest.rfind(b"/>")
        if end >= 0 or len(rest) > limits.row_bytes:
            cut = (end + 4 if rest[end : end + 1] == b"r" else end + 2) if end >= 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _marked(path: Path, member: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        check_marked(path, member, chunk)
        yield chunk
