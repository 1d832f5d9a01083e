"""The package of a workbook that is copied: its parts, found by their relations and read within limits."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.mending.elements import child, children, name_of, read_events
from wdh.mending.rows import Unusual
from wdh.mending.shifting import Shift
from wdh.settings import Limits
from wdh.words.language import later, say
from wdh.workbook.package.archive import Archive, damaged, untrusted
from wdh.workbook.package.contents import Contents, SheetPart, choose_sheet, read_contents
from wdh.workbook.package.guard import check_member, read_chunks, read_whole
from wdh.workbook.package.part_names import PartNames, name_relations, resolve_target
from wdh.workbook.survey.surveying import sheet_pieces

MACROS: Final = later("macros")
OUTSIDE: Final = later("links to other workbooks, and connections")
PIVOTS: Final = later("pivot tables")
CUSTOM: Final = later("custom data (XML)")
SHEETS: Final = later("other sheets")
NAMES: Final = later("names of ranges that are not on these sheets")

_BEGIN: Final = b"<sheetData>"
_END: Final = b"</sheetData>"
_FOLDERS: Final[Mapping[str, str]] = {
    "xl/vbaproject": MACROS,
    "xl/externallinks/externallink": OUTSIDE,
    "xl/connections": OUTSIDE,
    "xl/pivottables/pivottable": PIVOTS,
    "customxml/item": CUSTOM,
}
_OWN_NAMES: Final = frozenset(("_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase"))


class NamedRange(Struct, frozen=True):
    """A name of a workbook, moved. ``sheet`` is the one where alone it is known; None: it is known everywhere."""

    name: str
    place: str
    sheet: str | None
    is_hidden: bool


class Package:
    """An open package with its contents. DataError where a part is damaged, or is not what it should be."""

    def __init__(self, path: Path, archive: Archive, limits: Limits) -> None:
        self.path, self.archive, self.limits = path, archive, limits
        self._names = PartNames(archive.entries)
        self.contents: Contents = read_contents(path, archive, limits=limits)
        self.workbook = self.related("").get("officeDocument", "")
        self._parts = self.related(self.workbook)

    def related(self, source: str) -> Mapping[str, str]:
        """Give the parts that a part leads to, by the kind of the relation; of several of a kind the first."""
        relations = self._names.find(name_relations(source))
        found: dict[str, str] = {}
        for node in () if relations is None else self.parse(relations):
            part = self._names.find(resolve_target(source, node.get("Target", "")))
            if part is not None and node.get("TargetMode") != "External":
                found.setdefault(node.get("Type", "").rpartition("/")[2], part)
        return found

    def parse(self, member: str) -> ElementTree.Element:
        """Parse a part as a whole."""
        return self._parse(member, self.read(member))

    def read(self, member: str) -> bytes:
        """Read a part as a whole."""
        check_member(self.path, self.archive, member, limits=self.limits)
        return read_whole(self.path, self.archive, member, limits=self.limits)

    def _parse(self, member: str, text: bytes) -> ElementTree.Element:
        try:
            return ElementTree.fromstring(text)  # noqa: S314 (the guard refused document types)
        except ElementTree.ParseError as error:
            raise damaged(self.path, member, error) from error

    def styles(self) -> ElementTree.Element | None:
        """Parse the styles; None: there are none."""
        member = self._parts.get("styles")
        return self.parse(member) if member is not None and self.contents.has_styles else None

    def theme(self) -> bytes | None:
        """Give the theme, to whose colours and fonts styles refer; None: there is none that stands for itself."""
        member = self._parts.get("theme")
        if member is None:
            return None
        text = self.read(member)
        self._parse(member, text)
        return None if b"relationships" in text else text

    @property
    def has_strings(self) -> bool:
        """Whether there are shared strings."""
        return self.contents.strings is not None and self.contents.strings in self.archive.entries

    def strings(self) -> Generator[bytes, None, None]:
        """Read the shared strings from their start."""
        return read_chunks(self.path, self.archive, self.contents.strings or "")

    def sheet(self, name: str) -> SheetPart:
        """Find a sheet by its name."""
        return choose_sheet(self.path, self.contents, name)

    def pieces(self, part: SheetPart) -> Iterator[bytes]:
        """Give the rows of a sheet in pieces of whole rows. Raises Unusual where they are not put as usual."""
        held, is_begun = b"", False
        with closing(sheet_pieces(self.path, self.archive, part, self.limits)) as pieces:
            for piece, _ in pieces:
                held += piece
                if not is_begun:
                    _, begin, after = held.partition(_BEGIN)
                    held, is_begun = (after, True) if begin else (held, False)
                if is_begun and _END in held:
                    yield held.partition(_END)[0]
                    return
                if is_begun and held.endswith(b"row>"):
                    yield held
                    held = b""
                if len(held) > self.limits.row_bytes:
                    break
        raise Unusual

    def chunks(self, part: SheetPart) -> Iterator[bytes]:
        """Read the part of a sheet from its start."""
        check_member(self.path, self.archive, part.member, limits=self.limits, is_sheet=True)
        return read_chunks(self.path, self.archive, part.member)

    def frame(self, part: SheetPart, *, is_odd: bool) -> ElementTree.Element:
        """Parse a sheet without its rows; ``is_odd``: they do not stand where most writers put them."""
        if is_odd:
            return self._parse_without_rows(part)
        text = b"".join(self._bound(part, _without_rows(self.chunks(part))))
        if text.count(b"<") > self.limits.elements:
            raise untrusted(
                self.path,
                say(
                    "its part {member} has over {elements} elements", member=part.member, elements=self.limits.elements
                ),
            )
        return self._parse(part.member, text)

    def _bound(self, part: SheetPart, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.limits.whole_bytes:
                raise untrusted(
                    self.path,
                    say(
                        "its part {member} has over {whole_bytes} MiB",
                        member=part.member,
                        whole_bytes=self.limits.whole_bytes >> 20,
                    ),
                )
            yield piece

    def _parse_without_rows(self, part: SheetPart) -> ElementTree.Element:
        root: ElementTree.Element | None = None
        data: ElementTree.Element | None = None
        try:
            for event, node in read_events(self.chunks(part)):
                root = node if root is None else root
                if event == "start":
                    data = node if data is None and name_of(node) == "sheetData" else data
                elif name_of(node) == "row" and data is not None:
                    node.clear()
                    data.clear()
        except ElementTree.ParseError as error:
            raise damaged(self.path, part.member, error) from error
        if root is None:
            raise untrusted(self.path, say("its part {member} is empty", member=part.member))
        return root

    def comments(self, part: SheetPart) -> ElementTree.Element | None:
        """Parse the comments of a sheet; None: it has none."""
        member = self.related(part.member).get("comments")
        return None if member is None else self.parse(member)

    def names(self, shifts: Sequence[Shift]) -> tuple[Sequence[NamedRange], int]:
        """Give the names that lead to sheets that are copied, moved by their shifts; and how many others there are."""
        root = self.parse(self.workbook)
        order = [sheet.get("name", "") for sheet in children(child(root, "sheets"), "sheet")]
        nodes = children(child(root, "definedNames"), "definedName")
        named = [found for node in nodes if (found := _move_name(node, order, shifts)) is not None]
        return named, len(nodes) - len(named)

    def left_out(self, copied: int, *, is_returned: bool) -> Mapping[str, int]:
        """Count what of the package is in no copy, by what it is; ``copied`` is the number of sheets that are.

        ``is_returned``: the workbook has the summary and the mark of an earlier one.
        """
        found = {SHEETS: max(len(self.contents.sheets) - copied - (2 if is_returned else 0), 0)}
        for name in self.archive.entries:
            folded = name.replace("\\", "/").lower()
            what = next((what for start, what in _FOLDERS.items() if folded.startswith(start)), None)
            if what is not None:
                found[what] = found.get(what, 0) + 1
        return found


def _without_rows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave the rows out of a sheet, where they stand as most writers put them. Otherwise all of it is given."""
    held, mark, is_in_rows = b"", _BEGIN, False
    for chunk in chunks:
        held += chunk
        while mark and (place := held.find(mark)) >= 0:
            if is_in_rows:
                held, mark, is_in_rows = held[place:], b"", False
            else:
                yield held[: place + len(_BEGIN)]
                held, mark, is_in_rows = held[place + len(_BEGIN) :], _END, True
        kept = len(mark) if mark else 0
        if not is_in_rows and len(held) > kept:
            yield held[: len(held) - kept]
        held = held[len(held) - kept :] if kept else b""
    yield held


def _move_name(node: ElementTree.Element, order: Sequence[str], shifts: Sequence[Shift]) -> NamedRange | None:
    name, local = node.get("name", ""), node.get("localSheetId")
    sheet = order[int(local)] if local is not None and local.isdecimal() and int(local) < len(order) else None
    if name.startswith("_xlnm.") and name not in _OWN_NAMES:
        return None
    for shift in shifts:
        if sheet not in (None, shift.sheet):
            continue
        places = [shift.formula(place) if "!" in place else None for place in (node.text or "").split(",")]
        if None not in places:
            place = ",".join(filter(None, places))
            return NamedRange(name, place, sheet, is_hidden=node.get("hidden") in ("1", "true"))
    return None
