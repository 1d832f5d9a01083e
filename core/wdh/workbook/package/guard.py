"""Checks on a file before any library opens it as a workbook: a sound zip of plain, bounded XML."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import re
import stat
import zipfile
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Literal

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import later, say
from wdh.workbook.package.archive import Archive, DamagedPart, Entry, untrusted
from wdh.workbook.package.part_names import fold_name

FileKind = Literal["zip", "xls", "text"]
"""The content of a file: a package of parts, a workbook of Excel 97 to 2003, or anything else, which may be text."""

_CHUNK = 1 << 20
_START = 1 << 12
_UNMARKED = 1 << 19
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PROLOGUE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>)?\s*<[A-Za-z_]")
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']""")
_BLANKS = b" \t\r\n"
_WEB_PAGE = re.compile(rb"(?i)<(?:!doctype\s+html|html|head|body|table|meta|style)[\s>]")
_FOREIGN = {
    b"%PDF": later("a PDF"),
    b"{\\rtf": later("a text with formats (RTF)"),
    b"MIME-Version:": later("a web archive (MHTML)"),
}
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_NAMED_ENCODING = re.compile(rb"""\A(<\?xml[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_READ = re.compile(r"(?i)\[Content_Types\]\.xml|_rels/.*\.rels|docProps/.*\.xml|xl/.*\.(?:xml|rels)")
_SHEETS = re.compile(r"(?i)xl/worksheets/[^/]+\.xml")


def check_file(path: Path) -> tuple[str, FileKind]:
    """Return the SHA-256 of a file that may be a workbook, in hex, and its kind by its content.

    DataError when it is not there, no plain file, not readable, empty, encrypted, cut off, or of a kind that is not
    read. Whatever is none of these may be text.
    """
    _check_present(path)
    try:
        digest, start, encrypted = _read_through(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if start.startswith(_OLE):
        if encrypted:
            message = say(
                "{name}: is protected by a password. Open it in Excel, remove the password, and save it.",
                name=path.name,
            )
            raise DataError(message, file=str(path))
        return digest, "xls"
    if zipfile.is_zipfile(path):
        return digest, "zip"
    _check_start(path, start)
    return digest, "text"


def hash_workbook(path: Path) -> str:
    """Return the SHA-256 of a workbook's bytes, in hex. Raises DataError where it is not there or not readable."""
    _check_present(path)
    try:
        return hash_file(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        say("{name}: cannot be read ({strerror}). Check its permissions.", name=path.name, strerror=error.strerror),
        file=str(path),
    )


def hash_file(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as they are now, in hex. Raises OSError where it cannot be read."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:  # noqa: PTH123 - a path may have bytes that are not UTF-8
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_package(path: Path, package: Archive, limits: Limits) -> None:
    """Check the package of a workbook. DataError if a part is too large or no plain XML, or it is no workbook."""
    _check_names(path, package)
    for part in package.entries.values():
        if _READ.fullmatch(fold_name(part.name)) is not None:
            is_sheet = _SHEETS.fullmatch(fold_name(part.name)) is not None
            check_member(path, package, part.name, limits=limits, is_sheet=is_sheet)


def check_member(path: Path, package: Archive, member: str, *, limits: Limits, is_sheet: bool = False) -> None:
    """Raise DataError where a part is too large for what it is, or no plain XML, whatever its name."""
    check_size(path, package.entries[member], limits=limits, is_sheet=is_sheet)
    _check_xml(path, package, member)


def read_chunks(path: Path, package: Archive, member: str, *, size: int = _CHUNK) -> Generator[bytes, None, None]:
    """Stream one part of the package, unpacked: in UTF-8 where it is in UTF-16, and without blanks above its XML.

    DataError when it is missing or damaged; the checksum is verified.
    """
    try:
        yield from _plain(package.read(member, size))
    except KeyError as error:
        message = say(
            "{name}: lacks its part {member}. Open it in Excel and save it again.", name=path.name, member=member
        )
        raise DataError(message, file=str(path), member=member) from error
    except (DamagedPart, OSError, UnicodeError) as error:
        message = say(
            "{name}: is damaged in {member} ({error}). Get a fresh copy.", name=path.name, member=member, error=error
        )
        raise DataError(message, file=str(path), member=member) from error


def is_plain(package: Archive, member: str) -> bool:
    """Say whether a part is read as it is stored: UTF-8 that begins with its XML, and says nothing else."""
    with contextlib.closing(package.read(member)) as chunks:
        start = next(chunks, b"")
    named = _ENCODING.match(start)
    is_utf_8 = start[:2] not in _UTF_16 and (named is None or named[1].lower() == b"utf-8")
    return is_utf_8 and start.removeprefix(codecs.BOM_UTF8)[:1] == b"<"


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    start = next(chunks, b"")
    if (encoding := _UTF_16.get(start[:2])) is not None:
        chunks = _decode(chain((start,), chunks), encoding)
        start = next(chunks).lstrip(_BLANKS)
        named = _ENCODING.match(start)
        if named is not None and not named[1].lower().startswith(b"utf-16"):
            raise UnicodeError(say("it is UTF-16, and says that it is not"))
        start = _NAMED_ENCODING.sub(rb"\1", start)
    elif start[:1] in _BLANKS or start.startswith(codecs.BOM_UTF8):
        start = start.removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    yield from filter(None, chain((start,), chunks))


def _decode(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def read_whole(path: Path, package: Archive, member: str, *, limits: Limits) -> bytes:
    """Read one part that is parsed as a whole. DataError as read_chunks, or where it has too many elements."""
    content = bytearray()
    with contextlib.closing(read_chunks(path, package, member)) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > limits.whole_bytes:
                raise untrusted(
                    path,
                    say(
                        "its part {member} has over {whole_bytes} MiB",
                        member=member,
                        whole_bytes=limits.whole_bytes >> 20,
                    ),
                    member=member,
                )
    if content.count(b"<") > limits.elements:
        raise untrusted(
            path,
            say("its part {member} has over {elements} elements", member=member, elements=limits.elements),
            member=member,
        )
    return bytes(content)


def check_marked(path: Path, member: str, chunk: bytes) -> None:
    """Refuse a whole half MiB without one tag: a text in it is longer than any cell may hold (32,767 characters)."""
    if len(chunk) >= _UNMARKED and b"<" not in chunk:
        raise untrusted(
            path, say("its part {member} has a text of over half a million characters", member=member), member=member
        )


def _check_present(path: Path) -> None:
    name, facts = path.name, {"file": str(path)}
    try:
        mode = path.stat()
    except FileNotFoundError as error:
        raise DataError(
            say("{name}: there is no such file in {parent}.", name=name, parent=path.parent), **facts
        ) from error
    except OSError as error:
        raise DataError(
            say("{name}: cannot be reached ({strerror}).", name=name, strerror=error.strerror), **facts
        ) from error
    if stat.S_ISDIR(mode.st_mode):
        raise DataError(say("{name}: is a folder, not a workbook. Name the file in it.", name=name), **facts)
    if not stat.S_ISREG(mode.st_mode):
        raise DataError(say("{name}: is no plain file. Name a workbook saved on disk.", name=name), **facts)
    if mode.st_size == 0:
        raise DataError(
            say("{name}: is empty (zero bytes). The copy or download failed; get it again.", name=name), **facts
        )


def _read_through(path: Path) -> tuple[str, bytes, bool]:
    """Hash the file in one pass; give its first bytes, and whether it is an encrypted package."""
    digest, start, tail, encrypted = hashlib.sha256(), b"", b"", False
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            start = start or chunk[:_START]
            if start.startswith(_OLE):
                encrypted = encrypted or _ENCRYPTED in tail + chunk
                tail = chunk[-len(_ENCRYPTED) :]
    return digest.hexdigest(), start, encrypted


def _check_start(path: Path, start: bytes) -> None:
    """Refuse by name what is neither an archive nor a table in text, as far as its first bytes tell."""
    if start.startswith(b"PK"):
        message = say(
            "{name}: is cut off, its end is missing. The copy or download broke; get it again.", name=path.name
        )
        raise DataError(message, file=str(path))
    start = start.replace(b"\0", b"") if start[:2] in _UTF_16 else start
    head = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    kind = next((say(name) for mark, name in _FOREIGN.items() if head.startswith(mark)), None)
    if head.startswith(b"<"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
            kind = say("an XML workbook of Excel 2003")
        elif _WEB_PAGE.search(head) is not None:
            kind = say("a web page (HTML)")
        elif head.startswith(b"<?xml"):
            kind = say("an XML file")
    if kind is not None:
        message = say(
            "{name}: is {kind}, whatever its name says. Open it in Excel and save it as .xlsx.",
            name=path.name,
            kind=kind,
        )
        raise DataError(message, file=str(path))


def _check_names(path: Path, package: Archive) -> None:
    names = list(package.entries)
    folded: dict[str, str] = {}
    for name in names:
        plain = fold_name(name)
        if ".." in PurePosixPath(plain).parts:
            raise untrusted(path, say("holds a part that points outside of it ({name!r})", name=name))
        if plain in folded:
            raise untrusted(
                path, say("holds two parts of one name ({folded!r} and {name!r})", folded=folded[plain], name=name)
            )
        folded[plain] = name
    if "[content_types].xml" not in folded:
        message = say("{name}: is {kind}. Open it in Excel and save it as .xlsx.", name=path.name, kind=_kind(names))
        raise DataError(message, file=str(path))


def _kind(names: list[str]) -> str:
    return say("an OpenDocument file") if "mimetype" in names else say("a zip, but not a workbook")


def check_size(path: Path, part: Entry, *, limits: Limits, is_sheet: bool) -> None:
    """Raise DataError where a part unpacks to more than it may."""
    most, key = (limits.sheet_bytes, "sheet_mib") if is_sheet else (limits.part_bytes, "part_mib")
    facts = {"member": part.name, "bytes": part.size}
    if part.size > most:
        raise _exceeded(
            path, say("its part {name} unpacks to over {most} MiB", name=part.name, most=most >> 20), key=key, **facts
        )
    if part.size > limits.ratio_from and part.size > limits.ratio * max(part.packed, 1):
        sentence = say("its part {name} unpacks to over {ratio} times its size", name=part.name, ratio=limits.ratio)
        raise _exceeded(path, sentence, key="ratio", **facts)


def _exceeded(path: Path, sentence: str, *, key: str, **facts: object) -> DataError:
    message = say(
        "{name}: {sentence}. Do not trust it; where it is what it should be, raise limits.{key} in data_sources.yml.",
        name=path.name,
        sentence=sentence,
        key=key,
    )
    return DataError(message, file=str(path), limit=key, **facts)


def _check_xml(path: Path, package: Archive, member: str) -> None:
    """Refuse what a parser would expand (a document type can only stand before the root) or misread (not UTF-8)."""
    with contextlib.closing(read_chunks(path, package, member)) as chunks:
        start = next(chunks, b"")
        _check_encoding(path, member, start)
        if _PROLOGUE.match(start) is None:
            tail = b""
            for chunk in (start, *chunks):
                if any(mark in tail + chunk for mark in _DECLARATIONS):
                    raise untrusted(
                        path,
                        say("its part {member} declares a document type or entities", member=member),
                        member=member,
                    )
                tail = chunk[-len(_DECLARATIONS[0]) :]


def _check_encoding(path: Path, member: str, start: bytes) -> None:
    encoding = _ENCODING.match(start)
    name = "utf-8" if encoding is None else encoding[1].decode("latin-1").lower()
    if b"\x00" in start[:4] or name not in ("utf-8", "us-ascii", "ascii"):
        message = say(
            "{name}: its part {member} is not in UTF-8 or UTF-16. Open it in Excel and save it again.",
            name=path.name,
            member=member,
        )
        raise DataError(message, file=str(path), member=member)
