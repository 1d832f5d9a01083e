"""Changes of a package: its parts and their names, its relations, and what the zip around them says."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from random import Random
from typing import Final

from packages import Package, Part
from xml_mutations import choose_part

Change = Callable[[Package, Random], None]

_SHEET: Final = "xl/worksheets/sheet1.xml"
_READ: Final = (
    _SHEET,
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
)
_NUMBERS: Final = (0, 1, 2, 100, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_TILE: Final = 3 << 20
_METHODS: Final = (0, 1, 8, 9, 12, 14, 93, 95, 98, 99)


def respell(name: str, random: Random) -> str:
    """Give another spelling of a part's name: one that some readers take for the same."""
    stem, _, last = name.rpartition("/")
    return random.choice((
        name.upper(), name.title(), name.replace("/", "\\"), f"/{name}", f"./{name}", name.replace("/", "//"),
        f"{stem}/./{last}", f"{stem}/x/../{last}", name.replace("s", "%73", 1), name.replace("/", "%2F", 1),
        f"{name} ", f" {name}", f"{name}/", f"{name}.", f"{name}\x00", f"{name}\x00.x", f"{name}#x", f"{name}?x",
        name.replace("e", "e\u0301", 1), unicodedata.normalize("NFC", name.replace("e", "e\u0301", 1)),
        name.replace("s", "ſ", 1), name.replace("k", "\u212a", 1), name.translate(str.maketrans("12", "１２")),
        name.swapcase(), f"xl\\{name}", name.removeprefix("xl/"), f"\\{name}",
    ))  # fmt: skip


def _encode(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _evil(part: Part, random: Random) -> bytes:
    """Give other content of the same form: other numbers, and other texts."""
    mark = re.compile(rb"(?<=<v>)\d+|(?<=<t>)[^<]+")
    return mark.sub(lambda found: b"1" if random.random() < 0.5 else found[0], part.content)


def _add_twin(package: Package, random: Random) -> None:
    part = package.find(random.choice(_READ)) or random.choice(package.parts)
    twin = Part(_encode(respell(part.spelled, random)), _evil(part, random))
    if random.random() < 0.15:
        twin.name = part.name
    package.parts.insert(random.randrange(len(package.parts) + 1), twin)


def _rename_part(package: Package, random: Random) -> None:
    part = choose_part(package, random)
    part.name = _encode(respell(part.spelled, random))


def _move_part(package: Package, random: Random) -> None:
    """Give a part another name, and have the relations follow it."""
    part = package.find(random.choice(_READ[:3]))
    if part is None:
        return
    old = part.spelled.removeprefix("xl/")
    new = random.choice((
        "data.bin", "other/sheet.xml", "worksheets/a/sheet1.xml", "sheet.XML", "worksheets/sheet", "工作表.xml",
        "worksheets/sheet1.xml.rels", "a b.xml", "a%20b.xml", "worksheets/sheet9.xml", "media/x.png", "styles.xml",
        "sharedstrings.xml",
    ))  # fmt: skip
    part.name = f"xl/{new}".encode()
    links = package.find("xl/_rels/workbook.xml.rels")
    if links is not None:
        links.content = links.content.replace(old.encode(), random.choice((new, f"/xl/{new}", f"./{new}")).encode())


def _drop_part(package: Package, random: Random) -> None:
    if len(package.parts) > 1:
        package.parts.remove(choose_part(package, random))


def _swap_parts(package: Package, random: Random) -> None:
    one, other = random.choice(package.parts), random.choice(package.parts)
    one.content, other.content = other.content, one.content


def _add_part(package: Package, random: Random) -> None:
    names = (
        "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/other.xml", "xl/calcChain.xml",
        "xl/workbook.bin", "mimetype", "../evil", "/etc/x", "xl/media/", "x" * 300,
    )  # fmt: skip
    content = random.choice((b"", b"x", b"<x/>", b"<!DOCTYPE x><x/>", choose_part(package, random).content))
    package.parts.insert(random.randrange(len(package.parts) + 1), Part(random.choice(names).encode(), content))


def _shuffle_parts(package: Package, random: Random) -> None:
    random.shuffle(package.parts)


def _disagree(package: Package, random: Random) -> None:
    """Have one header of a part say something else than the other."""
    part = choose_part(package, random)
    told = random.choice((part.local, part.central))
    key = random.choice(("flags", "method", "crc", "packed", "size", "name", "version", "offset"))
    truth = {"packed": len(part.content) // 3, "size": len(part.content), "crc": zlib.crc32(part.content)}.get(key, 0)
    values: Mapping[str, tuple[int | bytes, ...]] = {
        "flags": (0, 1, 0x8, 0x20, 0x40, 0x800, 0x2000, 0x801),
        "method": _METHODS,
        "name": (b"", b"x", _encode(respell(part.spelled, random)), _SHEET.encode(), b"xl/worksheets/sheet2.xml"),
    }
    numbers = (0, 1, 10, 45, 0xFFFF) if key == "version" else (*_NUMBERS, truth - 1, truth + 1, max(truth // 2, 0))
    told[key] = random.choice(values.get(key, numbers))


def _rename_by_extra(package: Package, random: Random) -> None:
    """Name a part otherwise in the extra field for names in Unicode (0x7075)."""
    part = choose_part(package, random)
    crc = zlib.crc32(part.name) if random.random() < 0.8 else 0
    other = _encode(random.choice((_SHEET, "xl/other.xml", respell(part.spelled, random))))
    extra = _extra(0x7075, struct.pack("<BI", 1, crc & 0xFFFFFFFF) + other)
    for told in random.choice(((part.local,), (part.central,), (part.local, part.central))):
        told["extra"] = extra
    if random.random() < 0.5:
        twin = Part(other, _evil(part, random))
        package.parts.insert(random.randrange(len(package.parts) + 1), twin)


def _add_extra(package: Package, random: Random) -> None:
    part = choose_part(package, random)
    kinds = (0x0001, 0x000A, 0x5455, 0x7875, 0x9901, 0x6375, 0xA220, 0xFFFF, 0)
    sizes = struct.pack(
        "<QQQ",
        random.choice((0, 1, len(part.content), 1 << 40)),
        random.choice((0, 1, 1 << 40)),
        random.choice((0, 1 << 40)),
    )
    data = random.choice((
        b"", sizes, sizes[:16], sizes[:8], b"\x01\x00AE\x03\x08\x00", b"x" * 40, b"x" * 60000,
    ))  # fmt: skip
    extra = _extra(random.choice(kinds), data)
    for told in random.choice(((part.local,), (part.central,), (part.local, part.central))):
        told["extra"] = random.choice((extra, extra, extra + extra, extra[:-1], extra + b"\x00"))[:65000]
        if random.random() < 0.5:
            told.update({"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF})


def _extra(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _pack_otherwise(package: Package, random: Random) -> None:
    """Pack a part in another way, or not at all, or not to the end."""
    part = choose_part(package, random)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(part.content) + packer.flush()
    part.packed = random.choice((
        None, packed[:-1], packed[: len(packed) // 2], packed + b"x" * 9, packed * 2, b"", part.content,
        zlib.compress(part.content), b"\x00", packed[:9] + bytes([random.randrange(256)]) + packed[10:],
    ))  # fmt: skip
    part.method = random.choice((8, 8, 8, 8, 0, 12, 9))
    if part.packed is None:
        part.has_descriptor = not part.has_descriptor
        part.method = random.choice((0, 8))


@cache
def _tile() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b" " * _TILE) + packer.flush(zlib.Z_FULL_FLUSH)


def _inflate(package: Package, random: Random) -> None:
    """Have a part unpack to far more than it is packed in; where that is very much, perhaps to more than is told."""
    part = choose_part(package, random)
    cut, tiles = part.content.find(b">") + 1, random.choice((1, 1, 8, 400))
    above, below = part.content[:cut], part.content[cut:]
    if tiles == 1:
        part.content = above + b" " * _TILE + below
        return
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    head = packer.compress(above) + packer.flush(zlib.Z_FULL_FLUSH)
    part.packed = head + _tile() * tiles + packer.compress(below) + packer.flush()
    for told in random.choice(((), (part.central,), (part.local,), (part.local, part.central))):
        told["size"] = len(part.content) + tiles * _TILE


def _flag(package: Package, random: Random) -> None:
    choose_part(package, random).flags = random.choice(
        (0, 1, 2, 4, 6, 0x10, 0x20, 0x40, 0x800, 0x808, 0x8, 0x2000, 0xFFFF)
    )


def _hide_part(package: Package, random: Random) -> None:
    """Leave a part out of the directory, or have the directory name one that is not there; perhaps beside another."""
    part = choose_part(package, random)
    copy = deepcopy(part)
    copy.content = _evil(part, random)
    copy.is_listed, copy.is_there = random.choice(((False, True), (False, True), (True, False)))
    place = package.parts.index(part)
    if random.random() < 0.7:
        package.parts.insert(place + random.randint(0, 1), copy)
    else:
        package.parts[place] = copy


def _overlap(package: Package, random: Random) -> None:
    """Have two parts of the directory lie at one place."""
    part, other = choose_part(package, random), random.choice(package.parts)
    offset = 0
    for one in package.parts:
        if one is other:
            break
        offset += 30 + len(one.name) + len(one.content) // 2
    part.central["offset"] = random.choice((0, 1, offset, 1 << 20))


def _put_around(package: Package, random: Random) -> None:
    """Put bytes before, behind or into the zip; among them another whole archive."""
    other = deepcopy(package)
    other.edits.clear()
    for part in other.parts:
        part.content = _evil(part, random)
    data = random.choice((
        b"\x00", b"x" * 22, b"PK\x05\x06", b"PK\x03\x04" + b"\x00" * 26, b"PK\x05\x06" + b"\x00" * 18,
        b"\xd0\xcf\x11\xe0", b"MZ" * 40, other.write()[:60000],
    ))  # fmt: skip
    place = random.choice(("before", "before", "after", "comment", "between", "part"))
    if place == "part":
        random.choice(package.parts).before = data
    else:
        setattr(package, place, data)
    package.is_shifted = random.random() < 0.6


def _comment_part(package: Package, random: Random) -> None:
    choose_part(package, random).central["comment"] = random.choice((b"x", b"PK\x05\x06" + b"\x00" * 18, b"x" * 60000))


def _misreport_end(package: Package, random: Random) -> None:
    key = random.choice(("disk", "start", "here", "all", "size", "at"))
    package.end[key] = random.choice((0, 1, len(package.parts) - 1, len(package.parts) + 1, 0xFFFF, 0xFFFFFFFF, 1000))


def _add_zip64_end(package: Package, random: Random) -> None:
    """Put an end of the directory in the 64-bit form before the usual one."""
    entries = random.choice((len(package.parts), 0, 1, 1 << 40))
    size, at = random.choice((0, 100, 1 << 40)), random.choice((0, 100, 1 << 40))
    end = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, random.choice((0, 100)), 1)

    def insert(data: bytes) -> bytes:
        place = data.rfind(b"PK\x05\x06")
        return data if place < 0 else data[:place] + end + locator + data[place:]

    package.edits.append(insert)
    if random.random() < 0.5:
        package.end.update({"all": 0xFFFF, "here": 0xFFFF, "at": 0xFFFFFFFF})


def _truncate(package: Package, random: Random) -> None:
    share = random.choice((0.999, 0.99, 0.9, random.random()))
    package.edits.append(lambda data: data[: int(len(data) * share)])


def _flip(package: Package, random: Random) -> None:
    flips = [(random.random(), random.randrange(256)) for _ in range(random.choice((1, 1, 2, 4)))]
    is_near_end = random.random() < 0.6

    def edit(data: bytes) -> bytes:
        changed = bytearray(data)
        start = max(data.find(b"PK\x01\x02"), 0) if is_near_end else 0
        for share, value in flips:
            changed[start + int((len(data) - start) * share)] = value
        return bytes(changed)

    package.edits.append(lambda data: edit(data) if data else data)


def _repeat(package: Package, random: Random) -> None:
    """Write the whole file, or its directory, twice."""
    is_whole = random.random() < 0.5
    package.edits.append(lambda data: data + (data if is_whole else data[max(data.find(b"PK\x01\x02"), 0) :]))


CHANGES: Final[Mapping[str, tuple[Change, int]]] = {
    "add twin part": (_add_twin, 10),
    "rename part": (_rename_part, 5),
    "move part": (_move_part, 5),
    "drop part": (_drop_part, 3),
    "swap parts": (_swap_parts, 2),
    "add part": (_add_part, 4),
    "shuffle parts": (_shuffle_parts, 2),
    "headers disagree": (_disagree, 14),
    "rename by extra field": (_rename_by_extra, 6),
    "add extra field": (_add_extra, 6),
    "pack otherwise": (_pack_otherwise, 6),
    "inflate": (_inflate, 1),
    "change flags": (_flag, 3),
    "hide part": (_hide_part, 6),
    "overlap": (_overlap, 3),
    "put bytes around": (_put_around, 9),
    "comment part": (_comment_part, 2),
    "misreport end": (_misreport_end, 4),
    "64-bit end": (_add_zip64_end, 2),
    "truncate file": (_truncate, 2),
    "flip bytes of file": (_flip, 5),
    "repeat file": (_repeat, 2),
}
"""Each change with how often it is made among the others."""
