"""The records of a binary part, and the values in them. Source: [MS-XLSB] 2.1.4, 2.5.122 RkNumber, 2.5.168."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from enum import IntEnum
from pathlib import Path
from struct import Struct
from typing import Final

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.package.archive import Archive, DamagedPart, damaged, untrusted

U16, U32, REAL = Struct("<H"), Struct("<I"), Struct("<d")
_RK: Final = Struct("<i")
_CHUNK: Final = 1 << 18
_LONGEST_HEAD: Final = 6


class Kind(IntEnum):
    """The numbers of the records that are read."""

    ROW = 0
    BLANK = 1
    RK = 2
    ERROR = 3
    BOOLEAN = 4
    REAL = 5
    TEXT = 6
    SHARED = 7
    FORMULA_TEXT = 8
    FORMULA_REAL = 9
    FORMULA_BOOLEAN = 10
    FORMULA_ERROR = 11
    SHORT_BLANK = 12
    SHORT_RK = 13
    SHORT_ERROR = 14
    SHORT_BOOLEAN = 15
    SHORT_REAL = 16
    SHORT_TEXT = 17
    SHORT_SHARED = 18
    STRING = 19
    FUTURE = 35
    FUTURE_END = 36
    FORMAT = 44
    STYLE = 47
    COLUMN = 60
    RICH_TEXT = 62
    ROWS = 145
    ROWS_END = 146
    WORKBOOK = 153
    SHEET = 156
    CALCULATION = 157
    MERGED = 176
    STYLES = 617
    STYLES_END = 618


def read_records(path: Path, package: Archive, member: str, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part: their numbers and bytes. DataError where it is missing or damaged."""
    if member not in package.entries:
        message = say(
            "{name}: lacks its part {member}. Open it in Excel and save it again.", name=path.name, member=member
        )
        raise DataError(message, file=str(path), member=member)
    rest = b""
    try:
        with closing(package.read(member, _CHUNK)) as chunks:
            for chunk in chunks:
                rest += chunk
                place = 0
                while (head := _read_head(rest, place)) is not None:
                    kind, start, end = head
                    if end > len(rest):
                        break
                    yield kind, rest[start:end]
                    place = end
                rest = rest[place:]
                if len(rest) > limits.row_bytes:
                    raise untrusted(
                        path,
                        say(
                            "its part {member} has a record of over {row_bytes} MiB",
                            member=member,
                            row_bytes=limits.row_bytes >> 20,
                        ),
                    )
    except (DamagedPart, OSError) as error:
        raise damaged(path, member, error) from error
    if rest:
        raise damaged(path, member, ValueError(say("its last record is cut off")))


def _read_head(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Read number, start and end of the record at this place; None: its head is not whole."""
    if place + _LONGEST_HEAD > len(data) and not _is_whole(data, place):
        return None
    kind = data[place]
    place += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (data[place] & 0x7F) << 7
        place += 1
    size = 0
    for shift in (0, 7, 14, 21):
        byte = data[place]
        place += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return kind, place, place + size


def _is_whole(data: bytes, place: int) -> bool:
    """Say whether the head of a record near the end of the data is all there."""
    if place >= len(data):
        return False
    place += 2 if data[place] & 0x80 else 1
    return any(byte < 0x80 for byte in data[place : place + 4]) or place + 4 <= len(data)


def read_text(data: bytes, place: int) -> tuple[str, int]:
    """Read a text, and give the place behind it. ValueError where it is cut off; None of a text is the empty one."""
    length = U32.unpack_from(data, place)[0]
    if length == 0xFFFFFFFF:
        return "", place + 4
    end = place + 4 + 2 * length
    if end > len(data):
        raise ValueError(say("a text is cut off"))
    return data[place + 4 : end].decode("utf-16-le", "surrogatepass"), end


def read_rk(data: bytes, place: int) -> float:
    """Read a number that is stored in 30 bits: a whole one or the upper part of a real one, perhaps a hundredfold."""
    whole = _RK.unpack_from(data, place)[0]
    value = float(whole >> 2) if whole & 2 else REAL.unpack(bytes(4) + _RK.pack(whole & ~3))[0]
    return float(value / 100 if whole & 1 else value)
