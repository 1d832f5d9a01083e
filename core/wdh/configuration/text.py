"""The bytes of a configuration file as text, or the reason why they are none."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from wdh.configuration.faults import Fault
from wdh.errors import SetupError

MAX_BYTES = 1024 * 1024
"""A larger file is no configuration written by people; reading it would only cost time."""

_UTF_8_BOM = codecs.BOM_UTF8
_WIDE_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2.2 (5.1) does not let stand in a file."""


class Unreadable(Exception):
    """The file cannot be read any further; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def read_text(path: Path) -> str:
    """Read the file as UTF-8, with or without a byte order mark.

    Raises SetupError where there is no readable file, Unreadable where it is not UTF-8, too large, or binary.
    """
    data = _read_bytes(path)
    if len(data) > MAX_BYTES:
        raise _unreadable(path, "", f"the file is larger than {MAX_BYTES // 1024} KiB, which no configuration needs")
    if data.startswith(_WIDE_BOMS) or b"\0" in data[:64]:
        raise _unreadable(path, "", "the file is written in UTF-16 or UTF-32; save it as UTF-8")
    data = data.removeprefix(_UTF_8_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise _unreadable(path, before, _name_encoding(data)) from error
    wrong = _CONTROL.search(text)
    if wrong is not None:
        code = f"U+{ord(wrong[0]):04X}"
        raise _unreadable(path, text[: wrong.start()], f"the character {code} cannot stand in a YAML file; remove it")
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetupError(
            f"the configuration {path} cannot be read: {reason}; name a readable file with --config", file=str(path)
        ) from error


def _name_encoding(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "the file is not UTF-8 from here on; save it as UTF-8"
    return "the file is not UTF-8 but probably GBK; save it as UTF-8"


def _unreadable(path: Path, before: str, message: str) -> Unreadable:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Unreadable(Fault(str(path), line, column, "", message))
