"""What a file must be before any library opens it as a workbook: an honest zip of plain, bounded XML."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.workbook.part_names import fold_name

_CHUNK = 1 << 20
_UNMARKED = 1 << 19
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PROLOGUE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>)?\s*<[A-Za-z_]")
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']""")
_BLANKS = b" \t\r\n"
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_NAMED_ENCODING = re.compile(rb"""\A(<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")
_ENTRY = b"PK\x01\x02"
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_READ = re.compile(r"(?i)\[Content_Types\]\.xml|_rels/.*\.rels|docProps/.*\.xml|xl/.*\.(?:xml|rels)")
_SHEETS = re.compile(r"(?i)xl/worksheets/[^/]+\.xml")


def check_file(path: Path, limits: Limits | None = None) -> str:
    """Return the SHA-256 of a file that may be a workbook, in hex.

    DataError when it is not there, no plain file, not readable, empty, an old or an encrypted workbook, no zip, or a
    zip of too many parts (opening it would hold a record for each of them in memory).
    """
    _check_present(path)
    try:
        digest, magic, encrypted, entries = _read_through(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    _check_magic(path, magic, encrypted=encrypted)
    if not zipfile.is_zipfile(path):
        raise DataError(_not_a_zip(path.name, magic), file=str(path))
    most = (limits or Limits()).parts
    if entries > most:
        raise _untrusted(path, f"has over {most} parts")
    return digest


def hash_workbook(path: Path) -> str:
    """Return the SHA-256 of a workbook's bytes, in hex. Raises DataError where it is not there or not readable."""
    _check_present(path)
    try:
        return hash_file(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path.name}: cannot be read ({error.strerror}). Check its permissions.", file=str(path))


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as they are now, in hex. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def open_package(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Open the zip of a checked file. DataError when a part is doubled, hidden away, too large or no plain XML."""
    try:
        package = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise DataError(f"{path.name}: is a damaged zip ({error}). Get a fresh copy.", file=str(path)) from error
    try:
        _check_names(path, package)
        _check_overlap(path, package)
        for part in package.infolist():
            if _has_usual_place(part.filename):
                _check_part(path, package, part, limits=limits)
    except BaseException:
        package.close()
        raise
    return package


def check_member(path: Path, package: zipfile.ZipFile, member: str, *, limits: Limits) -> None:
    """Raise DataError where a part is too large, or no plain XML: one that open_package did not know to be read."""
    if not _has_usual_place(member):
        _check_part(path, package, package.getinfo(member), limits=limits)


def read_chunks(
    path: Path, package: zipfile.ZipFile, member: str, *, size: int = _CHUNK
) -> Generator[bytes, None, None]:
    """Stream one part of the package, unpacked: in UTF-8 where it is in UTF-16, and without blanks above its XML.

    DataError when it is missing or damaged; the checksum is verified.
    """
    try:
        with package.open(member) as stream:
            yield from _plain(iter(partial(stream.read, size), b""))
    except KeyError as error:
        message = f"{path.name}: lacks its part {member}. Open it in Excel and save it again."
        raise DataError(message, file=str(path), member=member) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        message = f"{path.name}: is damaged in {member} ({error}). Get a fresh copy."
        raise DataError(message, file=str(path), member=member) from error


def is_plain(package: zipfile.ZipFile, member: str) -> bool:
    """Say whether a part is read as it is stored: UTF-8 that begins with its XML."""
    with package.open(member) as stream:
        start = stream.read(4)
    return start[:2] not in _UTF_16 and start.removeprefix(codecs.BOM_UTF8)[:1] == b"<"


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    start = next(chunks, b"")
    if (encoding := _UTF_16.get(start[:2])) is not None:
        chunks = _decode(chain((start,), chunks), encoding)
        start = _NAMED_ENCODING.sub(rb"\1", next(chunks).lstrip(_BLANKS))
    elif start[:1] in _BLANKS or start.startswith(codecs.BOM_UTF8):
        start = start.removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    yield from filter(None, chain((start,), chunks))


def _decode(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def read_whole(path: Path, package: zipfile.ZipFile, member: str, *, limits: Limits) -> bytes:
    """Read one part that is parsed as a whole. DataError as read_chunks, or where it has too many elements."""
    content = bytearray()
    with contextlib.closing(read_chunks(path, package, member)) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > limits.whole_bytes:
                raise _untrusted(path, f"its part {member} has over {limits.whole_bytes >> 20} MiB", member=member)
    if content.count(b"<") > limits.elements:
        raise _untrusted(path, f"its part {member} has over {limits.elements} elements", member=member)
    return bytes(content)


def check_marked(path: Path, member: str, chunk: bytes) -> None:
    """Refuse a whole half MiB without one tag: a text in it is longer than any cell may hold (32,767 characters)."""
    if len(chunk) >= _UNMARKED and b"<" not in chunk:
        raise _untrusted(path, f"its part {member} has a text of over half a million characters", member=member)


def _check_present(path: Path) -> None:
    name, facts = path.name, {"file": str(path)}
    try:
        mode = path.stat()
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file in {path.parent}.", **facts) from error
    except OSError as error:
        raise DataError(f"{name}: cannot be reached ({error.strerror}).", **facts) from error
    if stat.S_ISDIR(mode.st_mode):
        raise DataError(f"{name}: is a folder, not a workbook. Name the file in it.", **facts)
    if not stat.S_ISREG(mode.st_mode):
        raise DataError(f"{name}: is no plain file. Name a workbook saved on disk.", **facts)
    if mode.st_size == 0:
        raise DataError(f"{name}: is empty (zero bytes). The copy or download failed; get it again.", **facts)


def _read_through(path: Path) -> tuple[str, bytes, bool, int]:
    """Hash the file in one pass; give its first 8 bytes, whether it is an encrypted package, and how many parts."""
    digest, magic, tail, encrypted, entries = hashlib.sha256(), b"", b"", False, 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            entries += chunk.count(_ENTRY)
            magic = magic or chunk[:8]
            if magic == _OLE:
                encrypted = encrypted or _ENCRYPTED in tail + chunk
                tail = chunk[-len(_ENCRYPTED) :]
    return digest.hexdigest(), magic, encrypted, entries


def _check_magic(path: Path, magic: bytes, *, encrypted: bool) -> None:
    if magic != _OLE:
        return
    if encrypted:
        message = f"{path.name}: is protected by a password. Open it in Excel, remove the password, and save it."
    else:
        message = f"{path.name}: is an old .xls workbook. Open it in Excel and save it as .xlsx."
    raise DataError(message, file=str(path))


def _not_a_zip(name: str, magic: bytes) -> str:
    if magic.startswith(b"PK"):
        return f"{name}: is cut off, its end is missing. The copy or download broke; get it again."
    return f"{name}: is not a workbook, whatever its name says. Open it in Excel and save it as .xlsx."


def _check_names(path: Path, package: zipfile.ZipFile) -> None:
    names = package.namelist()
    for name in names:
        if name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts:
            raise _untrusted(path, f"holds a part that points outside of it ({name!r})")
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise _untrusted(path, f"holds the part {twice} twice")
    folded = set(map(fold_name, names))
    if "[content_types].xml" not in folded or "xl/workbook.bin" in folded:
        message = f"{path.name}: is {_kind(names)}. Open it in Excel and save it as .xlsx."
        raise DataError(message, file=str(path))


def _check_overlap(path: Path, package: zipfile.ZipFile) -> None:
    """Refuse parts that share their packed bytes: so a small file unpacks to more than any ratio allows."""
    if sum(part.compress_size for part in package.infolist()) > path.stat().st_size:
        raise _untrusted(path, "holds parts that overlap")


def _untrusted(path: Path, sentence: str, **facts: object) -> DataError:
    return DataError(f"{path.name}: {sentence}; Excel never writes that. Do not trust it.", file=str(path), **facts)


def _kind(names: list[str]) -> str:
    if "xl/workbook.bin" in names:
        return "a binary .xlsb workbook"
    return "an OpenDocument file" if "mimetype" in names else "a zip, but not a workbook"


def _has_usual_place(name: str) -> bool:
    return _READ.fullmatch(fold_name(name)) is not None


def _check_part(path: Path, package: zipfile.ZipFile, part: zipfile.ZipInfo, *, limits: Limits) -> None:
    _check_size(path, part, limits=limits)
    _check_xml(path, package, part.filename)


def _check_size(path: Path, part: zipfile.ZipInfo, *, limits: Limits) -> None:
    is_sheet = _SHEETS.fullmatch(fold_name(part.filename)) is not None
    most, key = (limits.sheet_bytes, "sheet_mib") if is_sheet else (limits.part_bytes, "part_mib")
    facts = {"member": part.filename, "bytes": part.file_size}
    if part.flag_bits & 0x1:
        message = f"{path.name}: its part {part.filename} is encrypted. Remove the password and save it."
        raise DataError(message, file=str(path), member=part.filename)
    if part.file_size > most:
        raise _exceeded(path, f"its part {part.filename} unpacks to over {most >> 20} MiB", key=key, **facts)
    if part.file_size > limits.ratio_from and part.file_size > limits.ratio * max(part.compress_size, 1):
        sentence = f"its part {part.filename} unpacks to over {limits.ratio} times its size"
        raise _exceeded(path, sentence, key="ratio", **facts)


def _exceeded(path: Path, sentence: str, *, key: str, **facts: object) -> DataError:
    message = (
        f"{path.name}: {sentence}. Do not trust it; where it is what it should be, raise limits.{key} in "
        "data_sources.yml."
    )
    return DataError(message, file=str(path), limit=key, **facts)


def _check_xml(path: Path, package: zipfile.ZipFile, member: str) -> None:
    """Refuse what a parser would expand (a document type can only stand before the root) or misread (not UTF-8)."""
    with contextlib.closing(read_chunks(path, package, member)) as chunks:
        start = next(chunks, b"")
        _check_encoding(path, member, start)
        if _PROLOGUE.match(start) is None:
            _check_declarations(path, member, start=start, chunks=chunks)


def _check_encoding(path: Path, member: str, start: bytes) -> None:
    encoding = _ENCODING.match(start)
    name = "utf-8" if encoding is None else encoding[1].decode("latin-1").lower()
    if b"\x00" in start[:4] or name not in ("utf-8", "us-ascii", "ascii"):
        message = f"{path.name}: its part {member} is not in UTF-8 or UTF-16. Open it in Excel and save it again."
        raise DataError(message, file=str(path), member=member)


def _check_declarations(path: Path, member: str, *, start: bytes, chunks: Iterator[bytes]) -> None:
    tail = b""
    for chunk in (start, *chunks):
        if any(mark in tail + chunk for mark in _DECLARATIONS):
            raise _untrusted(path, f"its part {member} declares a document type or entities", member=member)
        tail = chunk[-len(_DECLARATIONS[0]) :]
