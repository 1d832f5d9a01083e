"""The elements of an OpenDocument spreadsheet as they stream by: styles, tables, columns and rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal, cast
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from msgspec import Struct

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.package.archive import Archive, damaged, untrusted
from wdh.workbook.package.guard import read_chunks

CONTENT: Final = "content.xml"
_NS: Final = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT, STYLE, NUMBER = (
    f"{{{_NS}{name}:1.0}}" for name in ("office", "table", "text", "style", "datastyle")
)
CALC: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_SHEET: Final = f"{TABLE}table"
_KINDS: Final[dict[str, Literal["styles", "column", "row"]]] = {
    f"{OFFICE}automatic-styles": "styles",
    f"{OFFICE}styles": "styles",
    f"{TABLE}table-column": "column",
    f"{TABLE}table-row": "row",
}
_ROW: Final = f"{TABLE}table-row"
_BODY: Final = f"{OFFICE}spreadsheet"
_CHUNK: Final = 1 << 16


class Found(Struct, frozen=True):
    """An element, whole: but of a ``table``, which has only begun, there are its attributes alone."""

    kind: Literal["styles", "table", "column", "row"]
    element: Element


def read_elements(
    path: Path, package: Archive, member: str, *, limits: Limits, sheet: int | None = None
) -> Generator[Found, None, None]:
    """Give the styles, tables, columns and rows of a part in their order; of ``sheet`` alone its columns and rows.

    Tables inside of cells or of changes are none. DataError where it is damaged, or an element goes on and on.
    """
    walk = _Walk(sheet)
    parser: ElementTree.XMLPullParser[Element] = ElementTree.XMLPullParser(("start", "end"))
    held = 0
    with closing(read_chunks(path, package, member, size=_CHUNK)) as chunks:
        for chunk in chunks:
            held += len(chunk)
            try:
                parser.feed(chunk)
                for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                    found = walk.begin(element) if event == "start" else walk.end(element)
                    if found is not None:
                        held = 0
                        yield found
            except ElementTree.ParseError as error:
                raise damaged(path, member, error) from error
            if held > limits.whole_bytes:
                raise untrusted(
                    path,
                    say(
                        "its part {member} has an element of over {whole_bytes} MiB",
                        member=member,
                        whole_bytes=limits.whole_bytes >> 20,
                    ),
                )
    try:
        parser.close()
    except ElementTree.ParseError as error:
        raise damaged(path, member, error) from error


class _Walk:
    """Walks down a part, and lets go of the elements that were given."""

    def __init__(self, sheet: int | None) -> None:
        self._sheet, self._tables = sheet, -1
        self._above: list[Element] = []

    def begin(self, element: Element) -> Found | None:
        self._above.append(element)
        if element.tag == _SHEET and len(self._above) > 1 and self._above[-2].tag == _BODY:
            self._tables += 1
            return Found("table", element)
        return None

    def end(self, element: Element) -> Found | None:
        self._above.pop()
        kind = _KINDS.get(str(element.tag))
        if kind is None or any(above.tag == _ROW for above in self._above):
            if not self._above or self._above[-1].tag == _BODY:
                element.clear()
            return None
        self._above[-1].remove(element)
        if kind == "styles" or (self._is_of_sheet() and self._sheet in (None, self._tables)):
            return Found(kind, element)
        return None

    def _is_of_sheet(self) -> bool:
        tables = [place for place, above in enumerate(self._above) if above.tag == _SHEET]
        return len(tables) == 1 and self._above[tables[0] - 1].tag == _BODY


def count(element: Element, name: str) -> int:
    """Read how often a column, row or cell is repeated, or how far it spans; DataError where that is no number."""
    text = element.get(TABLE + name)
    if text is None:
        return 1
    if not text.isascii() or not text.isdigit() or len(text) > 9 or text == "0":
        raise DataError(say("{name} is {text!r}, and must be a number.", name=name, text=text[:40]))
    return int(text)
