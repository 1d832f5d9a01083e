"""The files and tables that a run read beside workbooks and configuration, as the ledger keeps them."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from wdh.apply.reading import WarehouseReader
from wdh.errors import WdhError
from wdh.process import observation
from wdh.sql.identifiers import Target
from wdh.workbook.package.guard import hash_file

Plain = str | int | float | bool | None
"""A value that JSON keeps as it is."""

COMPILED: Final = "__pycache__"
"""The folder in which Python keeps compiled code; it holds no sources."""

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 1 << 30
"""Of a folder that holds more, nobody waits for the hash: it may have changed."""


class FileRead(Struct, frozen=True):
    """A file, or a folder whose names were listed, at ``path`` as it was given. ``sha256`` None: it was not there.

    ``is_whole``: of a folder, all files below it, as code was imported from there.
    """

    path: str
    sha256: str | None
    by: str
    is_whole: bool = False

    def is_same(self) -> bool:
        """Say whether the same is there now."""
        return self.sha256 == (hash_tree(self.path) if self.is_whole else hash_path(self.path))


class TableRead(Struct, frozen=True):
    """A question to the warehouse, and the hash of its answer."""

    target: Target
    columns: tuple[str, ...]
    where: Mapping[str, Plain]
    sha256: str
    by: str


class Unknown(Struct, frozen=True):
    """Something after which nobody knows what was read: ``what`` is a sentence about the package ``by`` its name."""

    what: str
    by: str


Reading = FileRead | TableRead | Unknown


def document_of(reading: Reading) -> dict[str, Any]:
    """Put a reading into JSON's values, to stand among the files of a run."""
    match reading:
        case FileRead(path, sha256, by, is_whole):
            return {"file": path, "sha256": sha256, "read_by": by} | ({"whole": True} if is_whole else {})
        case TableRead(target, columns, where, sha256, by):
            asked = {"schema": target.schema, "table": target.table, "columns": list(columns), "where": dict(where)}
            return {"file": target.sql, "sha256": sha256, "read_by": by, "asked": asked}
        case Unknown(what, by):
            return {"file": what, "sha256": None, "read_by": by, "unknown": True}


def is_reading(document: Mapping[str, Any]) -> bool:
    """Say whether one of the files of a run is something else than a workbook."""
    return "read_by" in document


def reading_of(document: Mapping[str, Any]) -> Reading:
    """Take a reading out of the ledger."""
    name, sha256, by = document["file"], document["sha256"], document["read_by"]
    if document.get("unknown"):
        return Unknown(name, by)
    if (asked := document.get("asked")) is None:
        return FileRead(name, sha256, by, document.get("whole", False))
    return TableRead(Target(asked["schema"], asked["table"]), tuple(asked["columns"]), asked["where"], sha256, by)


def hash_rows(rows: Sequence[Sequence[object]]) -> str:
    """Hash the rows of an answer, in whatever order they came."""
    shown = sorted(repr([bytes(each) if isinstance(each, memoryview) else each for each in row]) for row in rows)
    return hashlib.sha256("\n".join(shown).encode("utf-8", "surrogatepass")).hexdigest()


def hash_path(path: str | Path) -> str | None:
    """Hash what a file holds, or which names a folder has; None: there is nothing of that name.

    A path that cannot be read, or is neither (a pipe, a device), gets a hash that nothing else has: a comparison then
    finds that it may have changed.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a path may have a NUL, and is a text here
        if stat.S_ISDIR(mode):
            return hashlib.sha256("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")).hexdigest()  # noqa: PTH208
        return hash_file(path) if stat.S_ISREG(mode) else never()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError:
        return never()


def hash_tree(root: str, *, start: str | None = None) -> str:
    """Hash a file, or all files below a folder with their names; symbolic links are followed.

    The names are those from the folder ``start`` on; None: whole paths. Compiled code is left out. A folder that
    cannot be read, or holds too much, gets a hash that nothing has.
    """

    def name(path: str) -> str:
        return path if start is None else os.path.relpath(path, start)

    digest, size = hashlib.sha256(name(root).encode("utf-8", "surrogateescape")), 0
    try:
        for count, path in enumerate(_walk(root)):
            size += os.stat(path).st_size  # noqa: PTH116
            if count >= MOST_FILES or size > MOST_BYTES:
                return never()
            digest.update(f"\n{name(path)}\0{hash_file(path)}".encode("utf-8", "surrogateescape"))
    except OSError:
        return never()
    return digest.hexdigest()


def _walk(root: str) -> Iterator[str]:
    if os.path.isfile(root):  # noqa: PTH113
        yield root
    entered: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        folders[:] = sorted(name for name in folders if name != COMPILED)
        real = os.path.realpath(folder)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        yield from (path for name in sorted(files) if os.path.isfile(path := os.path.join(folder, name)))  # noqa: PTH113, PTH118


def never() -> str:
    """Make a hash that nothing has."""
    return f"unknown {secrets.token_hex(16)}"


_PLAIN = (str, int, float, bool, type(None))


class NotingReader(WarehouseReader):
    """A reader that keeps every question with the hash of its answer, in ``readings``, for a later run to compare."""

    readings: tuple[Reading, ...] = ()

    def rows(
        self,
        target: Target,
        columns: Sequence[str],
        *,
        where: Mapping[str, object] | None = None,
        most: int | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """Read rows as :meth:`WarehouseReader.rows` does, and note the question."""
        by = observation.watched_package() or "data_sources.yml"
        try:
            with observation.unwatched():
                found = super().rows(target, columns, where=where, most=most)
        except WdhError:  # which the plugin may take for an answer
            self._note(Unknown("asked the warehouse and was refused", by))
            raise
        plain = {name: value for name, value in (where or {}).items() if isinstance(value, _PLAIN)}
        if len(plain) == len(where or {}):
            self._note(TableRead(target, tuple(columns), plain, hash_rows(found), by))
        else:
            self._note(Unknown(f"asked {target.sql} for a value that the ledger cannot keep", by))
        return found

    def _note(self, reading: Reading) -> None:
        self.readings = (*self.readings, reading)
