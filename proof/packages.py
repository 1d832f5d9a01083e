"""A zip written by hand, so that each of its headers can say what it should not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

LOCAL: Final = struct.Struct("<4s5H3I2H")
CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
END: Final = struct.Struct("<4s4H2IH")
DEFLATED: Final = 8
_DESCRIPTOR: Final = 0x8
_UTF_8: Final = 0x800


@dataclass(slots=True)
class Part:
    """A part, and what its two headers say of it but the truth. ``packed`` are its bytes where they are no honest ones.

    ``is_listed``: the directory names it. ``is_there``: its bytes are in the file, and not only in the directory.
    """

    name: bytes
    content: bytes
    method: int = DEFLATED
    packed: bytes | None = None
    flags: int = _UTF_8
    has_descriptor: bool = False
    local: dict[str, int | bytes] = field(default_factory=dict)
    central: dict[str, int | bytes] = field(default_factory=dict)
    is_listed: bool = True
    is_there: bool = True
    before: bytes = b""

    @property
    def spelled(self) -> str:
        """The name as text."""
        return self.name.decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class Package:
    """The parts of a workbook, and what lies around them. ``edits`` change the bytes of the whole at last."""

    parts: list[Part]
    before: bytes = b""
    after: bytes = b""
    comment: bytes = b""
    between: bytes = b""
    is_shifted: bool = True
    end: dict[str, int] = field(default_factory=dict)
    edits: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def find(self, name: str) -> Part | None:
        """Give the first part of this name."""
        return next((part for part in self.parts if part.spelled == name), None)

    def write(self) -> bytes:
        """Give the bytes of the file. ``is_shifted``: offsets count what is before the zip, too."""
        base = len(self.before) if self.is_shifted else 0
        body, directory = bytearray(), bytearray()
        listed = 0
        for part in self.parts:
            packed = _pack(part)
            body += part.before
            offset = base + len(body)
            if part.is_there:
                body += b"".join(_local(part, packed))
            if part.is_listed:
                directory += _central(part, packed, offset)
                listed += 1
        body += self.between
        told = {"disk": 0, "start": 0, "here": listed, "all": listed, "size": len(directory), "at": base + len(body)}
        told.update(self.end)
        end = END.pack(b"PK\x05\x06", *(value & _mask(name) for name, value in told.items()), len(self.comment))
        data = b"".join((self.before, body, directory, end, self.comment, self.after))
        for edit in self.edits:
            data = edit(data)
        return data


def _mask(name: str) -> int:
    return 0xFFFFFFFF if name in ("size", "at") else 0xFFFF


def _pack(part: Part) -> bytes:
    if part.packed is not None:
        return part.packed
    if part.method != DEFLATED:
        return part.content
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return packer.compress(part.content) + packer.flush()


def _truth(part: Part, packed: bytes) -> dict[str, int | bytes]:
    return {
        "version": 20,
        "flags": part.flags | (_DESCRIPTOR if part.has_descriptor else 0),
        "method": part.method,
        "crc": zlib.crc32(part.content),
        "packed": len(packed),
        "size": len(part.content),
        "name": part.name,
        "extra": b"",
        "comment": b"",
    }


def _local(part: Part, packed: bytes) -> Iterator[bytes]:
    truth = _truth(part, packed)
    told = {**truth, **({"crc": 0, "packed": 0, "size": 0} if part.has_descriptor else {}), **part.local}
    name, extra = bytes(told["name"]), bytes(told["extra"])
    numbers = [int(told[key]) for key in ("version", "flags", "method")]
    sizes = [int(told[key]) & 0xFFFFFFFF for key in ("crc", "packed", "size")]
    yield LOCAL.pack(b"PK\x03\x04", *numbers, 0, 0x5A21, *sizes, len(name), len(extra))
    yield name + extra + packed
    if part.has_descriptor:
        yield struct.pack("<4s3I", b"PK\x07\x08", *(int(truth[key]) for key in ("crc", "packed", "size")))


def _central(part: Part, packed: bytes, offset: int) -> bytes:
    told = {**_truth(part, packed), "offset": offset, **part.central}
    name, extra, comment = (bytes(told[key]) for key in ("name", "extra", "comment"))
    numbers = [int(told[key]) for key in ("version", "flags", "method")]
    sizes = [int(told[key]) & 0xFFFFFFFF for key in ("crc", "packed", "size")]
    lengths = (len(name), len(extra), len(comment))
    head = CENTRAL.pack(
        b"PK\x01\x02", 20, *numbers, 0, 0x5A21, *sizes, *lengths, 0, 0, 0, int(told["offset"]) & 0xFFFFFFFF
    )
    return head + name + extra + comment
