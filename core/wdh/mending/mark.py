"""The hidden mark of a workbook that goes back to its sender: what it was made of, and the state of each row.

The mark is a hidden sheet, :data:`MARK_SHEET`, whose texts stand in column A, from row 1 on. :func:`write_mark` gives
the texts, and :func:`read_mark` reads them again. Beside it each marked sheet has one column more than its original,
the first, whose header :func:`write_header` gives, and in which :func:`write_state` names the row, so that a row is
known again wherever it is moved.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from wdh.words.language import say

MARK_SHEET: Final = "_wdh_mark"
"""The name of the hidden sheet."""

VERSION: Final = 1
"""The version of marks that this wdh writes, and the latest that it reads."""

ACCEPTED: Final = "a"
REJECTED: Final = "r"
LEFT_OUT: Final = "o"
State = Literal["a", "r", "o"]
"""The state of a row: its facts were accepted, it was rejected, or it is no data, such as a row of totals."""

PRINT_BYTES: Final = 6

MOST_MASKS: Final = 64
"""How many sets of columns a mark keeps."""

Mask = tuple[int, ...]
"""A set of columns, by their places among those of a sheet's mark."""

_TITLE: Final = "wdh"
_PIECE: Final = 32_000
_MOST_BYTES: Final = 256 << 20
_HEADER_END: Final = " [wdh]"
_STATE = re.compile(r"#(\d{1,7}|\+[0-9a-f]{12}(?:\.\d{1,7})?)\s*$")


class DamagedMark(ValueError):
    """The texts are no mark, or not as they were written. The text of the error says why."""


class OtherFile(Struct, frozen=True):
    """Another file of the same delivery. ``folder`` is where it lay, as an absolute path."""

    file: str
    folder: str
    size: int
    sha256: str


class SheetMark(Struct, frozen=True):
    """The rows of one sheet as they stand in the workbook that has the mark.

    ``rows`` names them in order: a row of the first delivery by its number there, as ``"12"``; one that the sender
    added by a name that :func:`name_added` gives. ``states`` has a State for each, ``prints`` the fingerprint of its
    cells, of PRINT_BYTES each, one after the other, over the ``columns`` named. ``first_prints`` has those of the
    first delivery for the rows whose cells are other ones now. ``masks`` are the sets of columns in which rows have
    numbers that are not exact in 15 digits, the most frequent first.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    states: str
    prints: bytes
    first_prints: Mapping[str, bytes] = {}
    masks: tuple[Mask, ...] = ()

    def print_of(self, place: int) -> bytes:
        """Give the fingerprint of the row at a place of ``rows``."""
        return self.prints[place * PRINT_BYTES : (place + 1) * PRINT_BYTES]


class Mark(Struct, frozen=True):
    """All that a mark holds.

    ``run_id`` is the run that made the workbook, None if it committed nothing. ``file``, ``folder``, ``size`` and
    ``sha256`` are those of the file that was delivered first, also where this workbook was made of a mended one.
    ``sheets`` are all those of the workbook that the run read.
    """

    domain: str
    run_id: str | None
    file: str
    folder: str
    size: int
    sha256: str
    sheets: tuple[SheetMark, ...]
    others: tuple[OtherFile, ...] = ()

    def sheet(self, name: str) -> SheetMark | None:
        """Give the mark of a sheet by its name; None: it has none."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


class _PackedSheet(Struct, frozen=True, array_like=True):
    name: str
    columns: tuple[str, ...]
    rows: tuple[str | tuple[int, int], ...]
    states: str
    prints: bytes
    first_prints: dict[str, bytes]
    masks: tuple[Mask, ...]


class _Packed(Struct, frozen=True):
    domain: str
    run_id: str | None
    file: str
    folder: str
    size: int
    sha256: str
    sheets: tuple[_PackedSheet, ...]
    others: tuple[OtherFile, ...]


def write_mark(mark: Mark) -> tuple[str, ...]:
    """Give the texts of the hidden sheet, none longer than a cell of a sheet takes (32,767 characters)."""
    packed = msgspec.msgpack.encode(
        _Packed(
            mark.domain,
            mark.run_id,
            mark.file,
            mark.folder,
            mark.size,
            mark.sha256,
            tuple(
                _PackedSheet(
                    sheet.name,
                    sheet.columns,
                    tuple(pack_rows(sheet.rows)),
                    sheet.states,
                    sheet.prints,
                    dict(sheet.first_prints),
                    sheet.masks,
                )
                for sheet in mark.sheets
            ),
            mark.others,
        )
    )
    text = base64.b64encode(zlib.compress(packed, 6)).decode("ascii")
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    head = f"{_TITLE} {VERSION} {len(pieces)} {hashlib.sha256(text.encode('ascii')).hexdigest()}"
    return (head, *(f"w{piece}" for piece in pieces))


def read_mark(texts: Sequence[str]) -> Mark:
    """Read the texts of the hidden sheet. Raises DamagedMark where they are not as :func:`write_mark` gave them."""
    head = texts[0].split() if texts else []
    if len(head) != 4 or head[0] != _TITLE or not (head[1].isdecimal() and head[2].isdecimal()):
        raise DamagedMark(say("its first cell is not what wdh wrote there"))
    if int(head[1]) > VERSION:
        raise DamagedMark(
            say(
                "it is of version {version}, of a later wdh; this one reads versions up to {latest}",
                version=head[1],
                latest=VERSION,
            )
        )
    pieces = texts[1:]
    text = "".join(piece[1:] for piece in pieces)
    if len(pieces) != int(head[2]) or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() != head[3]:
        raise DamagedMark(say("its cells are not as they were"))
    try:
        unpacking = zlib.decompressobj()
        packed = unpacking.decompress(base64.b64decode(text), _MOST_BYTES)
        read = msgspec.msgpack.decode(packed, type=_Packed)
    except (binascii.Error, zlib.error, msgspec.DecodeError) as error:
        raise DamagedMark(say("its cells are not as they were")) from error
    sheets = tuple(
        SheetMark(
            sheet.name,
            sheet.columns,
            tuple(unpack_rows(sheet.rows)),
            sheet.states,
            sheet.prints,
            sheet.first_prints,
            sheet.masks,
        )
        for sheet in read.sheets
    )
    for sheet in sheets:
        if not len(sheet.rows) == len(sheet.states) == len(sheet.prints) / PRINT_BYTES:
            raise DamagedMark(say("its cells contradict each other"))
    return Mark(
        read.domain, read.run_id, read.file, read.folder, read.size, read.sha256, sheets=sheets, others=read.others
    )


def write_header(text: str) -> str:
    """Give the header of the added first column; ``text`` is what people read."""
    return f"{text}{_HEADER_END}"


def is_header(text: object) -> bool:
    """Say whether a cell is the header of the added first column."""
    return isinstance(text, str) and text.rstrip().endswith(_HEADER_END.strip())


def write_state(text: str, row: str) -> str:
    """Give the cell of the added first column of a row, by its name; ``text`` is what people read."""
    return f"{text} #{row}"


def read_state(cell: object) -> str | None:
    """Read the name of the row in a cell of the added first column. None: it names none, as in a row that was added."""
    found = _STATE.search(cell) if isinstance(cell, str) else None
    return None if found is None else found[1]


def name_added(fingerprint: bytes, occurrence: int) -> str:
    """Name a row that the sender added: by its cells, and the how-manieth (from 0) it is with the same cells."""
    return f"+{fingerprint.hex()}" + (f".{occurrence}" if occurrence else "")


def pack_rows(rows: Sequence[str]) -> Iterator[str | tuple[int, int]]:
    """Put names of rows that are successive numbers into ranges, first and last; others stay as they are."""
    first = last = 0
    for row in rows:
        if row.isdecimal() and int(row) == last + 1 and first:
            last += 1
            continue
        if first:
            yield first, last
        first = last = int(row) if row.isdecimal() else 0
        if not first:
            yield row
    if first:
        yield first, last


def unpack_rows(packed: Sequence[str | tuple[int, int]]) -> Iterator[str]:
    """Undo :func:`pack_rows`."""
    for each in packed:
        if isinstance(each, str):
            yield each
        else:
            yield from map(str, range(each[0], each[1] + 1))
