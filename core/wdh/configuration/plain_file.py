"""The files of a configuration: read only where they are files on disk, and as UTF-8 text."""

from __future__ import annotations

import codecs
import errno
import re
from pathlib import Path
from typing import NamedTuple

from wdh.configuration.faults import Fault
from wdh.errors import SetupError
from wdh.words.language import say

MAX_BYTES = 1024 * 1024
"""A larger file is no configuration written by people; reading it would only cost time. With every alias written out,
the keys and values have no more characters either."""

_WIDE_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that YAML 1.2.2 (5.1) does not allow in a file, and not what it allows: that takes 5 ms to compile."""


class Mark(NamedTuple):
    """A place in the file, counted from 1; ``column`` counts characters."""

    line: int
    column: int


class Unreadable(Exception):
    """The file cannot be read any further; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def read_start(path: Path, size: int) -> bytes:
    """Read so many bytes of a file at most. Raises OSError, also for a pipe or a device, which might never end."""
    if not path.is_file():
        path.stat()
        raise OSError(errno.EINVAL, say("it is no plain file"))
    with path.open("rb") as file:
        return file.read(size)


def mark_behind(text: str) -> Mark:
    """Give the place behind a text that a file begins with."""
    return Mark(text.count("\n") + 1, len(text) - text.rfind("\n"))


def unreadable(path: Path, mark: Mark, message: str) -> Unreadable:
    """Make the fault of a file that cannot be read beyond a place."""
    return Unreadable(Fault(str(path), mark.line, mark.column, "", message, code="not_readable"))


def read_text(path: Path) -> str:
    """Read the file. Raises SetupError where there is no readable one, Unreadable as :func:`decode`."""
    try:
        data = read_start(path, MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetupError(
            say("the file {path} cannot be read: {reason}; name a readable one", path=path, reason=reason),
            file=str(path),
        ) from error
    return decode(path, data)


def decode(path: Path, data: bytes) -> str:
    """Read what a file holds as UTF-8, with or without a byte order mark.

    Raises Unreadable where it is not UTF-8, too large, or binary.
    """
    if len(data) > MAX_BYTES:
        message = say("the file is larger than {most} KiB, which no configuration needs", most=MAX_BYTES // 1024)
        raise unreadable(path, Mark(1, 1), message)
    if data.startswith(_WIDE_BOMS) or b"\0" in data[:64]:
        raise unreadable(path, Mark(1, 1), say("the file is written in UTF-16 or UTF-32; save it as UTF-8"))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable(path, mark_behind(data[: error.start].decode("utf-8")), _name_encoding(data)) from error
    wrong = _CONTROL.search(text)
    if wrong is not None:
        message = say("the character U+{code:04X} cannot stand in a YAML file; remove it", code=ord(wrong[0]))
        raise unreadable(path, mark_behind(text[: wrong.start()]), message)
    return text


def _name_encoding(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return say("the file is not UTF-8 from here on; save it as UTF-8")
    return say("the file is not UTF-8 but probably GBK; save it as UTF-8")
