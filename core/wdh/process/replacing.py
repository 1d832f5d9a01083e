"""Writes files safely: each is new, readable for its owner only, and gets its name when it is complete."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from wdh.words.language import later, say

_SHOWN: Final = 60
"""Characters of the name in that of the file before it has it: no file system takes names of any length."""

_KINDS = (
    (stat.S_ISLNK, later("a symbolic link")),
    (stat.S_ISDIR, later("a folder")),
    (stat.S_ISFIFO, later("a named pipe")),
    (stat.S_ISSOCK, later("a socket")),
)


def find_oddity(found: os.stat_result) -> str | None:
    """Say what is unusual about a file, such as ``a symbolic link``; None: it is a plain file with one name."""
    for is_kind, name in _KINDS:
        if is_kind(found.st_mode):
            return say(name)
    if not stat.S_ISREG(found.st_mode):
        return say("a device")
    return say("a hard link, and so the same file as one elsewhere") if found.st_nlink > 1 else None


def why_not_replaceable(path: Path) -> str | None:
    """Say why a file of ours must not, or cannot, take the name ``path``; None: it can."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if (odd := find_oddity(found)) is not None:
        return say("it is {odd}", odd=odd)
    folder = path.parent.stat()
    if sys.platform == "win32":  # whose folders have no such rule
        return None
    if folder.st_mode & stat.S_ISVTX and os.geteuid() not in (0, found.st_uid, folder.st_uid):
        return say(
            "it belongs to account {account}, and in this folder nobody else can replace it", account=found.st_uid
        )
    return None


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content`` to a new file that only its owner may read (0600), and give it the name ``path``.

    A file that has that name loses it; it is neither followed nor written to. Raises OSError, and leaves nothing half
    written.
    """
    with write_new(path) as file:
        file.write(content)


@contextmanager
def write_new(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file to be written and read, which gets the name ``path`` as :func:`replace_file` says.

    Where the block raises, nothing is left.
    """
    opened, written = tempfile.mkstemp(prefix=f".{path.name[:_SHOWN]}-", dir=path.parent)
    try:
        with os.fdopen(opened, "w+b") as file:
            yield file
        Path(written).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(written).unlink()
        raise
