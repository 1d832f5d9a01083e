"""Zip archives written byte by byte, as no library would write them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from struct import pack
from typing import Any


@dataclass(frozen=True)
class Part:
    """A part, and what is said of it: once before its bytes (``local_…``; None: the same), once in the directory."""

    name: bytes
    content: bytes
    method: int = 8
    flags: int = 0
    size: int | None = None
    extra: bytes = b""
    offset: int | None = None
    disk: int = 0
    local_name: bytes | None = None
    local_flags: int | None = None
    local_size: int | None = None
    local_method: int | None = None
    local_extra: bytes = b""
    before: bytes = b""
    behind: bytes = b""

    @property
    def packed(self) -> bytes:
        if self.method != 8:
            return self.content
        stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return stream.compress(self.content) + stream.flush()


def read_parts(path: Path) -> tuple[Part, ...]:
    """Give the parts of an archive, to be written otherwise."""
    with zipfile.ZipFile(path) as package:
        return tuple(Part(name.encode(), package.read(name)) for name in package.namelist())


def change(parts: Sequence[Part], known: bytes, /, **changes: Any) -> tuple[Part, ...]:
    """Say something else of one part."""
    return tuple(replace(part, **changes) if part.name == known else part for part in parts)


def write_archive(
    path: Path,
    parts: Sequence[Part],
    *,
    before: bytes = b"",
    gap: bytes = b"",
    comment: bytes = b"",
    behind: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    shift: int = 0,
) -> Path:
    """Write an archive; ``shift`` is added to all places, which count from the first byte of the file."""
    content, directory = bytearray(before), bytearray()
    for part in parts:
        content += part.before
        place = len(content) + shift if part.offset is None else part.offset
        size = len(part.content) if part.size is None else part.size
        crc = zlib.crc32(part.content[:size])
        local = size if part.local_size is None else part.local_size
        name = part.name if part.local_name is None else part.local_name
        method = part.method if part.local_method is None else part.local_method
        flags = part.flags if part.local_flags is None else part.local_flags
        content += b"PK\3\4" + pack(
            "<5H3L2H", 20, flags, method, 0, 33, crc, len(part.packed), local, len(name), len(part.local_extra)
        )
        content += name + part.local_extra + part.packed + part.behind
        directory += b"PK\1\2" + pack(
            "<6H3L5H2L",
            20,
            20,
            part.flags,
            part.method,
            0,
            33,
            crc,
            len(part.packed),
            size,
            len(part.name),
            len(part.extra),
            0,
            part.disk,
            0,
            0,
            place,
        )
        directory += part.name + part.extra
    content += gap
    start = len(content) + shift
    content += directory
    number = len(parts) if count is None else count
    content += (
        b"PK\5\6" + pack("<4H2LH", disk, disk, number, number, len(directory), start, len(comment)) + comment + behind
    )
    path.write_bytes(content)
    return path
