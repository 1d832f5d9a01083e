"""A zip archive in which every zip reader finds the same parts.

A zip names its parts twice (before the bytes of each, and in a directory at its end), and says where that directory
is in two ways. Readers differ in what they believe, so all of it must agree, and no byte may belong to nothing.
Source: APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import contextlib
import os
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import DataError
from wdh.words.language import say

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_RECORD: Final = struct.Struct("<4s6H3L5H2L")
_HEADER: Final = struct.Struct("<4s5H3L2H")
_END_MARK, _LOCATOR_MARK, _END_64_MARK = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_RECORD_MARK, _HEADER_MARK, _DESCRIPTOR_MARK = b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08"
_LONGEST_COMMENT: Final = 0xFFFF
_UNTOLD_16, _UNTOLD_32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED, _DESCRIBED, _PATCHED, _UTF_8 = 0x2041, 0x0008, 0x0020, 0x0800
_SIZES_64, _OTHER_NAME, _AES = 0x0001, 0x7075, 0x9901
_STORED, _DEFLATED = 0, 8
_MOST_DIRECTORY: Final = 16 << 20
_PACKED: Final = 1 << 16
_HALF_MIB: Final = 1 << 19


class DamagedPart(Exception):
    """The bytes of a part do not match the size or checksum in the archive."""


class Entry(Struct, frozen=True):
    """The entry of a part in an archive. ``header`` is the place of its header, ``start`` that of its packed bytes."""

    name: str
    size: int
    packed: int
    crc: int
    method: int
    flags: int
    header: int
    stored_name: bytes
    start: int = 0


class Archive(contextlib.AbstractContextManager["Archive"]):
    """The parts of an archive that was opened, by their names. Use it as a context manager, or close it."""

    def __init__(self, file: IO[bytes], entries: Iterable[Entry]) -> None:
        self._file = file
        self.entries: Mapping[str, Entry] = {entry.name: entry for entry in entries}

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file. Closing twice is fine."""
        self._file.close()

    def read(self, name: str, size: int = _HALF_MIB) -> Generator[bytes, None, None]:
        """Give a part unpacked, in chunks of ``size`` bytes but for the last.

        Raises KeyError where there is none; DamagedPart where its bytes are not those that its size and checksum
        tell of, or others follow in its room.
        """
        entry = self.entries[name]
        crc, left = 0, entry.size
        for chunk in self._unpack(entry, size):
            crc, left = zlib.crc32(chunk, crc), left - len(chunk)
            if left < 0:
                raise DamagedPart(say("it is longer than the archive says"))
            yield chunk
        if left or crc != entry.crc:
            raise DamagedPart(say("its checksum differs") if not left else say("it is shorter than the archive says"))

    def _unpack(self, entry: Entry, size: int) -> Iterator[bytes]:
        if entry.method == _STORED or entry.packed == entry.size == 0:
            yield from self._packed(entry, size)
            return
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        held: list[bytes] = []
        room = size
        try:
            for packed in self._packed(entry, min(max(size, 1 << 12), _PACKED)):
                if stream.eof:
                    raise DamagedPart(say("bytes follow its end"))
                rest = packed
                while rest or not room:
                    if not room:
                        yield b"".join(held)
                        held, room = [], size
                    held.append(stream.decompress(rest, room))
                    # Bytes behind the end are a tail, too, and would be so for ever.
                    rest, room = b"" if stream.eof else stream.unconsumed_tail, room - len(held[-1])
            if last := b"".join(held):
                yield last
        except zlib.error as error:
            raise DamagedPart(str(error)) from error
        if not stream.eof or stream.unused_data:
            raise DamagedPart(say("bytes follow its end") if stream.eof else say("its end is missing"))

    def _packed(self, entry: Entry, size: int) -> Iterator[bytes]:
        for place in range(entry.start, entry.start + entry.packed, size):
            # Another part may be read in between.
            self._file.seek(place)
            yield self._file.read(min(size, entry.start + entry.packed - place))


def open_archive(path: Path, *, most: int) -> Archive:
    """Open an archive of at most ``most`` parts. DataError where zip readers could read it in different ways."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            archive = Archive(file, _Scan(path, file).entries(most))
        except OSError as error:
            raise DataError(
                say("{name}: cannot be read ({strerror}).", name=path.name, strerror=error.strerror), file=str(path)
            ) from error
        stack.pop_all()
    return archive


def untrusted(path: Path, sentence: str, **facts: object) -> DataError:
    """Make the DataError for a file that no spreadsheet program writes."""
    return DataError(
        say("{name}: {sentence}; Excel never writes that. Do not trust it.", name=path.name, sentence=sentence),
        file=str(path),
        **facts,
    )


def damaged(path: Path, member: str, error: Exception) -> DataError:
    """Make the DataError for a part that cannot be parsed."""
    message = say(
        "{name}: its part {member} is damaged ({error}). Get a fresh copy, or save it again in Excel.",
        name=path.name,
        member=member,
        error=error,
    )
    return DataError(message, file=str(path), member=member)


class _Directory(Struct, frozen=True):
    count: int
    size: int
    start: int
    end: int


class _Scan:
    """Checks all of an archive but the bytes of its parts."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file
        self._size = file.seek(0, os.SEEK_END)

    def entries(self, most: int) -> list[Entry]:
        directory = self._find_directory()
        if directory.count > most:
            raise self._refusal(say("has over {most} parts", most=most))
        if directory.start + directory.size != directory.end or directory.size > _MOST_DIRECTORY:
            raise self._refusal(say("has bytes before it, behind it or between its parts that belong to none"))
        recorded = sorted(self._records(directory), key=lambda entry: entry.header)
        names = {entry.name for entry in recorded}
        if len(names) < len(recorded):
            twice = Counter(entry.name for entry in recorded).most_common(1)[0][0]
            raise self._refusal(say("holds the part {twice} twice", twice=twice), member=twice)
        ends = [*(entry.header for entry in recorded[1:]), directory.start]
        if ends[0] if not recorded else recorded[0].header:
            raise self._refusal(say("has bytes before its first part"))
        return [self._locate(entry, end) for entry, end in zip(recorded, ends, strict=bool(recorded))]

    def _find_directory(self) -> _Directory:
        start = max(self._size - _END.size - _LONGEST_COMMENT, 0)
        tail = self._read(start, self._size - start)
        ends = [place for place in _find_all(tail, _END_MARK) if place + _END.size <= len(tail)]
        if not ends:
            raise DataError(
                say("{name}: is cut off, its end is missing. Get it again.", name=self._path.name), file=str(self._path)
            )
        fitting = [place for place in ends if place + _END.size + _END.unpack_from(tail, place)[7] == len(tail)]
        if len(fitting) > 1:
            raise self._refusal(say("holds a second archive in its comment"))
        if fitting != ends[-1:]:
            raise self._refusal(say("has bytes behind its end"))
        _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, fitting[0])
        place = start + fitting[0]
        found = _Directory(count, size, offset, place)
        if place >= _LOCATOR.size and self._read(place - _LOCATOR.size, 4) == _LOCATOR_MARK:
            return self._find_directory_64(place - _LOCATOR.size, found)
        if disk or first_disk or here != count:
            raise self._refusal(say("is one of several pieces of an archive"))
        return found

    def _find_directory_64(self, place: int, told: _Directory) -> _Directory:
        _, disk, offset, disks = _LOCATOR.unpack(self._read(place, _LOCATOR.size))
        if offset + _END_64.size != place:
            raise self._refusal(say("has an end that is written in two ways"))
        mark, length, _, _, number, first_disk, here, count, size, start = _END_64.unpack(
            self._read(offset, _END_64.size)
        )
        if disk or number or first_disk or disks > 1 or here != count:
            raise self._refusal(say("is one of several pieces of an archive"))
        agreed = (
            told.count in (count, _UNTOLD_16) and told.size in (size, _UNTOLD_32) and told.start in (start, _UNTOLD_32)
        )
        if mark != _END_64_MARK or length != _END_64.size - 12 or not agreed:
            raise self._refusal(say("has an end that is written in two ways"))
        return _Directory(count, size, start, offset)

    def _records(self, directory: _Directory) -> Iterator[Entry]:
        listed = self._read(directory.start, directory.size)
        place = 0
        for _ in range(directory.count):
            if listed[place : place + 4] != _RECORD_MARK or place + _RECORD.size > len(listed):
                raise self._refusal(say("has a damaged directory"))
            record = _RECORD.unpack_from(listed, place)
            name, extra, comment = record[10:13]
            place += _RECORD.size
            yield self._entry(record, listed[place : place + name], extra=listed[place + name : place + name + extra])
            place += name + extra + comment
        if place != len(listed):
            raise self._refusal(say("has a directory of more parts than it says"))

    def _entry(self, record: tuple[int, ...], stored: bytes, *, extra: bytes) -> Entry:
        flags, method, crc, packed, size, disk, offset = (record[index] for index in (3, 4, 7, 8, 9, 13, 16))
        name = self._decode(stored, flags)
        wide = self._read_extra(name, extra)
        size, packed, offset = self._widen(name, (size, packed, offset), wide)
        if flags & _ENCRYPTED:
            raise self._encrypted(name)
        if flags & _PATCHED or method not in (_STORED, _DEFLATED) or (method == _STORED and size != packed):
            raise self._refusal(say("packs its part {name} in an unusual way", name=name), member=name)
        if disk not in (0, _UNTOLD_16):
            raise self._refusal(say("is one of several pieces of an archive"))
        return Entry(name, size, packed, crc, method, flags, offset, stored)

    def _decode(self, stored: bytes, flags: int) -> str:
        try:
            name = stored.decode("utf-8" if flags & _UTF_8 else "cp437")
        except UnicodeDecodeError as error:
            raise self._refusal(say("holds a part whose name is no text ({stored!r})", stored=stored)) from error
        if not name or any(unicodedata.category(character)[0] == "C" for character in name):
            raise self._refusal(say("holds a part with an unusual name ({name!r})", name=name))
        return name

    def _read_extra(self, name: str, extra: bytes) -> bytes | None:
        """Read the large sizes in the extra fields of an entry; None: there are none."""
        wide, rest = None, extra
        while len(rest) >= 4:
            kind, length = int.from_bytes(rest[:2], "little"), int.from_bytes(rest[2:4], "little")
            field, rest = rest[4 : 4 + length], rest[4 + length :]
            if kind == _OTHER_NAME and field[5:] != name.encode():
                raise self._refusal(say("gives its part {name} a second name", name=name), member=name)
            if kind == _AES:
                raise self._encrypted(name)
            if len(field) < length or (kind == _SIZES_64 and wide is not None):
                raise self._refusal(say("describes its part {name} in an unusual way", name=name), member=name)
            wide = field if kind == _SIZES_64 else wide
        if rest.strip(b"\0"):
            raise self._refusal(say("describes its part {name} in an unusual way", name=name), member=name)
        return wide

    def _widen(self, name: str, told: tuple[int, ...], wide: bytes | None) -> list[int]:
        """Take the numbers that are too large for their usual place from the ZIP64 field, in its order."""
        fields = (wide or b"")[: len(wide or b"") // 8 * 8]
        numbers = (int.from_bytes(fields[place : place + 8], "little") for place in range(0, len(fields), 8))
        found = [next(numbers, -1) if number == _UNTOLD_32 else number for number in told]
        if -1 in found:
            raise self._refusal(say("does not tell the size of its part {name}", name=name), member=name)
        return found

    def _locate(self, entry: Entry, end: int) -> Entry:
        """Find the bytes of a part, which go up to ``end``. DataError where its header differs from the directory."""
        raw = self._read(entry.header, _HEADER.size)
        if len(raw) < _HEADER.size or raw[:4] != _HEADER_MARK or entry.header + _HEADER.size > end:
            raise self._refusal(say("holds parts that overlap, or whose place is wrong"), member=entry.name)
        _, _, flags, method, _, _, crc, packed, size, name, extra = _HEADER.unpack(raw)
        beside = self._read(entry.header + _HEADER.size, name + extra)
        wide = self._read_extra(entry.name, beside[name:])
        if flags & _ENCRYPTED:
            raise self._encrypted(entry.name)
        size, packed = self._widen(entry.name, (size, packed), wide)
        told = (crc, packed, size)
        known = (entry.crc, entry.packed, entry.size)
        is_told = told == known or (
            flags & _DESCRIBED and all(here in (0, there) for here, there in zip(told, known, strict=True))
        )
        if beside[:name] != entry.stored_name or method != entry.method or not is_told:
            raise self._refusal(say("describes its part {name} in two ways", name=entry.name), member=entry.name)
        located = replace(entry, start=entry.header + _HEADER.size + name + extra)
        self._check_end(located, end, is_described=bool((flags | entry.flags) & _DESCRIBED))
        return located

    def _check_end(self, entry: Entry, end: int, *, is_described: bool) -> None:
        last = entry.start + entry.packed
        if last > end:
            raise self._refusal(say("holds parts that overlap"), member=entry.name)
        if last == end:
            return
        known = entry.crc.to_bytes(4, "little")
        forms = [
            known + b"".join(number.to_bytes(width, "little") for number in (entry.packed, entry.size))
            for width in (4, 8)
            if max(entry.packed, entry.size) < 1 << 8 * width
        ]
        if (
            not is_described
            or end - last > 24
            or self._read(last, end - last).removeprefix(_DESCRIPTOR_MARK) not in forms
        ):
            raise self._refusal(say("has bytes between its parts that belong to none"), member=entry.name)

    def _read(self, place: int, length: int) -> bytes:
        self._file.seek(place)
        return self._file.read(length)

    def _encrypted(self, name: str) -> DataError:
        message = say(
            "{name}: its part {part} is encrypted. Remove the password and save it.", name=self._path.name, part=name
        )
        return DataError(message, file=str(self._path), member=name)

    def _refusal(self, sentence: str, **facts: object) -> DataError:
        return untrusted(self._path, sentence, **facts)


def _find_all(text: bytes, mark: bytes) -> Iterator[int]:
    place = text.find(mark)
    while place >= 0:
        yield place
        place = text.find(mark, place + 1)
