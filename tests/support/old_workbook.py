"""Old workbooks (.xls), written by hand: texts, numbers, number formats and merged ranges.

Source: [MS-XLS] 2.4 for the records, [MS-CFB] 2 for the file around them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openpyxl.utils import column_index_from_string, range_boundaries

SECTOR: Final = 512
SMALLEST: Final = 4096
"""A stream of fewer bytes would have to be kept in another way."""
NONE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
FIRST_OWN_FORMAT: Final = 164


def record(kind: int, data: bytes = b"") -> bytes:
    """Write a record of the stream Workbook."""
    return struct.pack("<HH", kind, len(data)) + data


def text(value: str, size: str = "H") -> bytes:
    """Write a text behind its length, a number of this size."""
    return struct.pack(f"<{size}B", len(value), 1) + value.encode("utf-16-le")


def begin(kind: int) -> bytes:
    """Write the first record of the globals (5) or of a sheet (16)."""
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0))


def cell(row: int, column: int, style: int, value: Any) -> bytes:
    """Write a text or a number; anything else is an error."""
    place = struct.pack("<HHH", row, column, style)
    if isinstance(value, str):
        return record(0x0204, place + text(value))
    return record(0x0203, place + struct.pack("<d", value))


def merge(area: str) -> bytes:
    """Write a merged range, such as A1:C1."""
    left, top, right, bottom = range_boundaries(area)
    return record(0x00E5, struct.pack("<HHHHH", 1, top - 1, bottom - 1, left - 1, right - 1))


def write_sheet(rows: Sequence[Sequence[Any]], merges: Sequence[str], styles: Mapping[int, int]) -> bytes:
    """Write a sheet; ``styles`` are those of whole columns, from 0."""
    cells = (
        cell(place, column, styles.get(column, 0), value)
        for place, row in enumerate(rows)
        for column, value in enumerate(row)
        if value is not None
    )
    return begin(0x10) + b"".join((*cells, *map(merge, merges))) + record(0x000A)


def write_old_workbook(
    path: Path, name: str, rows: Sequence[Sequence[Any]], *, merges: Sequence[str], formats: Mapping[str, str]
) -> None:
    """Write a workbook of one sheet; ``formats`` are those of whole columns, by letter."""
    styles = {column_index_from_string(letter) - 1: place for place, letter in enumerate(formats, start=1)}
    own = [
        record(0x041E, struct.pack("<H", FIRST_OWN_FORMAT + place) + text(one))
        for place, one in enumerate(formats.values())
    ]
    used = [0, *(FIRST_OWN_FORMAT + place for place in range(len(formats)))]
    head = begin(0x05) + b"".join((*own, *(record(0x00E0, struct.pack("<HH16x", 0, one)) for one in used)))
    listed = text(name, "B")
    start = len(head) + len(record(0x0085, struct.pack("<IH", 0, 0) + listed)) + len(record(0x000A))
    book = head + record(0x0085, struct.pack("<IH", start, 0) + listed) + record(0x000A)
    path.write_bytes(wrap(book + write_sheet(rows, merges, styles)))


def wrap(stream: bytes) -> bytes:
    """Put the stream Workbook into a file: its sectors follow the table of sectors, and the folder."""
    sectors = -(-max(len(stream), SMALLEST) // SECTOR)
    assert sectors <= SECTOR // 4 - 2, "one table of sectors has room for 63 KiB"
    chain = [TABLE, END, *range(3, sectors + 2), END]
    table = struct.pack("<128I", *chain, *[NONE] * (128 - len(chain)))
    folder = entry("Root Entry", 5, 1, END, 0) + entry("Workbook", 2, NONE, 2, sectors * SECTOR)
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, SMALLEST, END, 0, END, 0, 0),
    )
    return b"".join(
        (head.ljust(SECTOR, b"\xff"), table, folder.ljust(SECTOR, b"\0"), stream.ljust(sectors * SECTOR, b"\0"))
    )


def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """Write an entry of the folder."""
    spelt = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIQ", spelt, len(spelt), kind, 1, NONE, NONE, child, start, size)
