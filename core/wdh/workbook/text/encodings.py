"""The encoding of a text: its mark, or proof by all of its bytes. What cannot be proved must be said."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from wdh.errors import DataError
from wdh.words.language import later, say

SAYING: Final = later("Say it in data_sources.yml, e.g. text: {encoding: gb18030}, or to wdh inspect by --encoding")

CODECS: Final[Mapping[str, str]] = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
}
"""The encodings that data_sources.yml may name, with Python's codec: what Windows calls by that name."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK: Final = 1 << 20
_USUAL: Final = 0.9
"""The least share of characters beyond ASCII that are in GB 2312, which has all but the rare ones of Chinese texts:
bytes of another encoding that happen to be GB 18030 make rare characters."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


class Encoding(Struct, frozen=True):
    """The encoding of a file. ``codec`` is Python's name; the text begins behind ``mark`` bytes.

    ``is_sure``: the file says it itself, or the configuration does, or it is UTF-8 from end to end.
    """

    name: str
    codec: str
    mark: int = 0
    is_sure: bool = True


def find_encoding(path: Path, said: str | None, *, longest: int) -> Encoding:
    """Find the encoding of a file, or check what is ``said`` of it. ``longest`` bytes are the most of a line.

    DataError where it cannot be told, where the file is of several, and where its mark contradicts what is said.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = find_mark(start)
    if marked is not None:
        mark, name = marked
        if said is not None and not name.startswith(said):
            raise _fault(
                path,
                say(
                    "is marked as {name}, and text.encoding says {said}. Correct it, or leave it out.",
                    name=name,
                    said=said,
                ),
            )
        return Encoding(name, name, len(mark))
    if said == "utf-16":
        raise _fault(path, say("has no mark at its start, and text.encoding says utf-16. Say utf-16-le or utf-16-be."))
    if said is not None:
        return Encoding(said, CODECS[said])
    if _is_utf_8(path):
        return Encoding("utf-8", "utf-8")
    return _prove_gb18030(path, longest)


def find_mark(start: bytes) -> tuple[bytes, str] | None:
    """Find the mark of an encoding, and its name, at the start of a file; None: it has none."""
    return next(((mark, name) for mark, name in _MARKS if start.startswith(mark)), None)


def find_undecodable(path: Path, encoding: Encoding, *, longest: int) -> tuple[int, str]:
    """Find the number of the first line that breaks the rules of its encoding, and what breaks them."""
    for number, line in enumerate(_lines(path, longest), start=1):
        if (wrong := _find_wrong(line, encoding.codec)) is not None:
            return number, wrong
    return 0, ""


def _is_utf_8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _prove_gb18030(path: Path, longest: int) -> Encoding:
    """Show that a file that is no UTF-8 is GB 18030, line by line, or raise DataError."""
    usual = others = 0
    first, utf_8, shown = 0, 0, ""
    for number, line in enumerate(_lines(path, longest), start=1):
        if line.isascii():
            continue
        wrong = _find_wrong(line, "utf-8")
        known, odd = _count_usual(line)
        if wrong is None and not _is_usual(known, odd):
            utf_8 = utf_8 or number
            continue
        if wrong is not None and known + odd == 0:
            raise _unknown(path, number, wrong)
        if wrong is not None and not first:
            first, shown = number, wrong
        usual, others = usual + known, others + odd
    if not _is_usual(usual, others):
        raise _unknown(path, first, shown)
    if utf_8:
        message = say(
            "is of two encodings: line {utf_8} is UTF-8, and line {first} is not. Get it in one encoding.",
            utf_8=utf_8,
            first=first,
        )
        raise _fault(path, message, line=max(first, utf_8))
    return Encoding("gb18030", "gb18030", is_sure=False)


def _is_usual(usual: int, others: int) -> bool:
    return usual > 0 and usual >= _USUAL * (usual + others)


def _count_usual(line: bytes) -> tuple[int, int]:
    """Count the characters beyond ASCII that are usual and unusual in GB 18030; none of both: it is not that."""
    try:
        beyond = "".join(_BEYOND_ASCII.findall(line.decode("gb18030")))
    except UnicodeDecodeError:
        return 0, 0
    usual = len(beyond.encode("gb2312", "ignore")) // 2
    return usual, len(beyond) - usual


def _find_wrong(line: bytes, codec: str) -> str | None:
    try:
        line.decode(codec)
    except UnicodeDecodeError as error:
        return _show(line, error)
    return None


def _show(line: bytes, error: UnicodeDecodeError) -> str:
    return say("byte {start} of {count}", start=error.start + 1, count=len(line))


def _lines(path: Path, longest: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(longest):
            yield line


def _unknown(path: Path, line: int, shown: str) -> DataError:
    return _fault(
        path,
        say(
            "is not UTF-8 (line {line}: {shown}), and its encoding cannot be told. {saying}.",
            line=line,
            shown=shown,
            saying=say(SAYING),
        ),
        line=line,
    )


def _fault(path: Path, sentence: str, **facts: object) -> DataError:
    return DataError(say("{name}: {sentence}", name=path.name, sentence=sentence), file=str(path), **facts)
