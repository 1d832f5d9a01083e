"""Checks that XML is well-formed and its elements are in place; the fast reader does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from xml.parsers import expat

from wdh.words.language import later

_DEEPEST: Final = 256
_REMEMBERED: Final = 10_000
_NO_CHARACTERS: Final = re.compile(b"\xef\xbf[\xbe\xbf]")
_BETWEEN_ROWS: Final = b"</row><row>"
_FAULT: Final = later("its XML could not be shown to be well-formed")
_SHEET_DATA: Final = ("worksheet", "sheetData")
_SPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "http://purl.oclc.org/ooxml/spreadsheetml/main}",
)


def _in_spaces(parents: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
    return {space + name: above for space in _SPACES for name, above in parents.items()}


SHEET: Final = _in_spaces(
    {"sheetData": ("worksheet",), "row": ("sheetData",), "c": ("row",), "v": ("c",), "is": ("c",)}
)
STRINGS: Final = _in_spaces({"si": ("sst",), "t": ("si", "r", "rPh"), "r": ("si",), "rPh": ("si",)})
_STRING, _STRING_END = b"<si><t>", b"</t></si>"
_KEPT_BLANKS: Final = b'<t xml:space="preserve">'
_PHONETIC: Final = re.compile(rb'</t>(<phoneticPr fontId="\d+"(?: type="\w+")?(?: alignment="\w+")?/>)</si>')
_ENTITIES: Final = (b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;")
_CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\r"})
CLOSED: Final = b"</sheetData></worksheet>"
"""The end of a sheet, behind its rows."""


class _Misplaced(Exception):
    """An element is where it does not belong."""


class WellFormed:
    """Checks a part piece by piece. ``fault`` says what is wrong with it; None: nothing so far.

    ``parents`` are those that an element may have, by its name; the ``leaf`` has no elements within.
    """

    def __init__(self, parents: Mapping[str, Collection[str]] = SHEET, *, leaf: str = "v") -> None:
        self._parents, self._leaf = parents, leaf
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._names: list[str] = []
        self._has_rows = False
        self._marks: set[bytes] = set()
        self.fault: str | None = None

    def _open(self, name: str, attributes: object) -> None:  # noqa: ARG002 (expat gives them)
        above = self._names[-1] if self._names else ""
        if above not in self._parents.get(name, (above,)) or above == self._leaf or len(self._names) > _DEEPEST:
            raise _Misplaced
        self._names.append(local := name.rpartition("}")[2])
        if local == "sheetData":
            if self._has_rows:
                raise _Misplaced
            self._has_rows = True

    def _close(self, name: str) -> None:  # noqa: ARG002 (expat gives it)
        self._names.pop()

    @property
    def is_among_rows(self) -> bool:
        """Whether the pieces so far end between two rows of a sheet."""
        return tuple(self._names) == _SHEET_DATA

    def check(self, text: bytes) -> None:
        """Check the next piece."""
        self._parse(text)

    def check_rows(self, piece: bytes, frame: Iterable[bytes | None], marks: Collection[bytes]) -> None:
        """Check the next piece of a sheet by its frame: the piece without its plain cells.

        A None in the frame stands for plain cells, which may end rows and begin others; ``marks`` are what
        follows the number in the tags of these rows. Such a cell is well-formed but for the bytes of its text, and
        the fast reader gives up over any that are no UTF-8.
        """
        if self.fault is not None:
            return
        if b"\xef" in piece and _NO_CHARACTERS.search(piece):
            self.fault = _FAULT
            return
        between = _BETWEEN_ROWS
        if new := {*marks} - self._marks:
            between = b"".join(b'</row><row r="0"%b>' % mark.removesuffix(b"/") for mark in new)
            self._marks = new if len(self._marks) > _REMEMBERED else self._marks | new
        self._parse(b"".join(between if chunk is None else chunk for chunk in frame))

    def check_strings(self, text: bytes) -> None:
        """Check the next shared strings, each of them whole, and what is above the first one.

        Where all are plain texts, one without a character stands for them: a parser takes ten times as long.
        """
        start = max(text.find(_STRING), 0)
        if _are_plain(text[start:]):
            text = text[:start] + _STRING + _STRING_END
        self._parse(text)

    def end(self) -> None:
        """Check the end of the part."""
        self._parse(b"", is_last=True)

    def end_among_rows(self) -> None:
        """End here: another checker takes the rows that follow, behind the same head."""
        self._parse(CLOSED, is_last=True)

    def _parse(self, text: bytes, *, is_last: bool = False) -> None:
        if self.fault is not None:
            return
        try:
            self._parser.Parse(text, is_last)
        except (expat.ExpatError, _Misplaced):
            self.fault = _FAULT


def _are_plain(strings: bytes) -> bool:
    """Say whether these are strings of the usual form and nothing else, well-formed whatever is in them."""
    usual = strings.replace(_KEPT_BLANKS, b"<t>")
    for mark in {*_PHONETIC.findall(usual)} if b"<phoneticPr" in usual else ():
        usual = usual.replace(b"</t>" + mark + b"</si>", _STRING_END)
    between = usual.count(_STRING_END + _STRING)
    return (
        usual.startswith(_STRING)
        and usual.endswith(_STRING_END)
        and usual.count(b"<") == 4 * (between + 1)  # those of the tags: no text has any
        and usual.count(b"&") == sum(map(usual.count, _ENTITIES))
        and b"]]>" not in usual
        and len(usual.translate(None, _CONTROLS)) == len(usual)
        and _NO_CHARACTERS.search(usual) is None
        and _is_utf_8(usual)
    )


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
