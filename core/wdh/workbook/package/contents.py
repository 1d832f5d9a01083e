"""The contents of a workbook: its sheets, epoch, styles and shared strings."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from msgspec import Struct

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import join, later, say
from wdh.words.spelling import near_match
from wdh.workbook.package.archive import Archive, damaged
from wdh.workbook.package.guard import check_member, is_plain, read_whole
from wdh.workbook.package.local_names import find_odd_relations, find_odd_styles, find_odd_workbook, local_name
from wdh.workbook.package.part_names import PartNames, name_relations, resolve_target
from wdh.workbook.package.styles import Styles, parse_styles

_WORKSHEET = "/worksheet"
_MOST_NAMED = 100
_TRUE = frozenset(("1", "true", "on"))
_HIDDEN = frozenset(("hidden", "veryHidden"))
_ODD_NAMES = later("its parts have unusual names")
_ODD_ENCODING = later("its parts are not stored as plain UTF-8")
_STRICT = "http://purl.oclc.org/ooxml/"
_WORKBOOK = "xl/workbook.xml"
_USUAL_NAMES = {"styles": "xl/styles.xml", "sharedStrings": "xl/sharedstrings.xml"}
_USUAL_SHEET = re.compile(r"(?i)xl/worksheets/[^/]+\.xml")


class SheetPart(Struct, frozen=True):
    """One sheet of a workbook: its name, its part in the package, whether it holds cells (a chart sheet does not).

    ``is_hidden``: Excel does not show it. ``has_usual_name``: its part is called as by Excel, and referred to so.
    """

    name: str
    member: str
    has_cells: bool
    is_hidden: bool
    has_usual_name: bool


class Contents(Struct, frozen=True):
    """The contents of the workbook part. ``strings`` is None where the workbook has no table of shared strings.

    ``has_styles``: there is a table of cell styles. Where not ``is_calculated``, Excel would calculate all formulas as
    it opens the file: a stored 0 is no result then. ``unfit`` says why a reader that looks for parts by
    Excel's names, and for elements by their local names, would not find the same; None: it would.
    """

    sheets: tuple[SheetPart, ...]
    strings: str | None
    styles: Styles
    has_styles: bool
    epoch_1904: bool
    is_calculated: bool
    strict: bool
    unfit: str | None


class _Relation(Struct, frozen=True):
    """The part that a relation leads to, spelt as in the package if it is there. ``target`` is as given."""

    kind: str
    member: str
    target: str


class _Source:
    """A package, whose parts are found by any spelling of their names."""

    def __init__(self, path: Path, package: Archive, limits: Limits) -> None:
        self._path, self._package, self._limits = path, package, limits
        self.names = PartNames(package.entries)

    def read(self, member: str) -> bytes:
        """Read a part as a whole. DataError where it is missing or damaged, or no plain XML."""
        self.check(member)
        return read_whole(self._path, self._package, member, limits=self._limits)

    def check(self, member: str) -> None:
        """Raise DataError where a part is no plain XML; its name may be any."""
        if self.names.find(member) is not None:
            check_member(self._path, self._package, member, limits=self._limits)

    def parse(self, member: str) -> ElementTree.Element:
        """Parse a part. DataError as :meth:`read`."""
        try:
            return ElementTree.fromstring(self.read(member))  # noqa: S314 (as in styles)
        except ElementTree.ParseError as error:
            raise damaged(self._path, member, error) from error

    def relations(self, source: str) -> tuple[dict[str, _Relation], str | None]:
        """Give the relations of a part (empty: of the package) by their ids, and what is odd about them."""
        member = name_relations(source)
        root = self.parse(self.names.find(member) or member)
        relations: dict[str, _Relation] = {}
        for node in root:
            if local_name(node) == "Relationship" and node.get("TargetMode") != "External":
                target = node.get("Target", "")
                part = resolve_target(source, target)
                found = self.names.find(part) or part
                relations[node.get("Id", "")] = _Relation(node.get("Type", ""), found, target)
        return relations, find_odd_relations(root)

    def find_rewritten(self, members: Iterable[str | None]) -> str | None:
        """Say what is odd about how parts are stored; None: nothing."""
        there = [member for member in members if member is not None and member in self._package.entries]
        return None if all(is_plain(self._package, member) for member in there) else _ODD_ENCODING


def read_contents(path: Path, package: Archive, *, limits: Limits) -> Contents:
    """Read the workbook part and what it refers to. DataError when they are missing or damaged."""
    source = _Source(path, package, limits)
    member, odd_package = _find_workbook(path, source)
    root = source.parse(member)
    relations, odd_relations = source.relations(member)
    sheets = tuple(_sheet_parts(root, relations))
    if not sheets:
        raise DataError(
            say("{name}: has no sheet at all. Open it in Excel and save it again.", name=path.name), file=str(path)
        )
    kinds = {relation.kind.rpartition("/")[2]: relation.member for relation in relations.values()}
    styles, odd_styles = _read_styles(path, source, kinds.get("styles"))
    strings = kinds.get("sharedStrings")
    if strings is not None:
        source.check(strings)
    properties = root.find(f"{_namespace(root)}workbookPr")
    epoch = properties is not None and properties.get("date1904", "0").strip() in _TRUE
    read = (member, name_relations(""), name_relations(member), kinds.get("styles"), strings)
    return Contents(
        sheets=sheets,
        strings=strings,
        styles=styles or Styles(),
        has_styles=styles is not None,
        epoch_1904=epoch,
        is_calculated=all(node.get("fullCalcOnLoad", "0") not in _TRUE for node in root.iterfind("{*}calcPr")),
        strict=root.tag.startswith("{" + _STRICT),
        unfit=odd_package
        or odd_relations
        or _find_odd_names(member, kinds, package.entries)
        or find_odd_workbook(root, [sheet.name for sheet in sheets], epoch_1904=epoch)
        or odd_styles
        or source.find_rewritten(read),
    )


def check_sheet(path: Path, package: Archive, sheet: SheetPart, *, limits: Limits) -> str | None:
    """Check the part of a sheet; give what is odd about it (None: nothing). DataError if too large or no plain XML."""
    if sheet.member not in package.entries:
        return None
    check_member(path, package, sheet.member, limits=limits, is_sheet=True)
    if not sheet.has_usual_name:
        return _ODD_NAMES
    return None if is_plain(package, sheet.member) else _ODD_ENCODING


def _find_odd_names(workbook: str, parts: Mapping[str, str], names: Iterable[str]) -> str | None:
    there = Counter(name.replace("\\", "/").lower() for name in names)
    is_unique = max(there.values()) == 1
    is_usual = (
        is_unique
        and workbook.lower() == _WORKBOOK
        and all(
            # One that is there and that no other part refers to would be found as well.
            there[usual] == (kind in parts) and parts.get(kind, usual).lower() == usual
            for kind, usual in _USUAL_NAMES.items()
        )
    )
    return None if is_usual else _ODD_NAMES


def choose_sheet(path: Path, contents: Contents, wanted: str | int) -> SheetPart:
    """Find a sheet by its 0-based index, its exact name, or its name but for blanks and width.

    Only visible sheets with rows are counted; a number that none has may be a name, as of a year. DataError, naming
    the sheets there are, when it is missing, ambiguous, or no worksheet.
    """
    found = (_by_index(contents, wanted) if isinstance(wanted, int) else ()) or _by_name(contents, str(wanted))
    if len(found) != 1:
        raise DataError(_missing_sheet(path, contents, wanted, found), file=str(path), sheet=wanted)
    if not found[0].has_cells:
        message = say(
            "{name}: the sheet {name_2} is no worksheet (a chart or macros) and has no rows. {contents}",
            name=path.name,
            name_2=found[0].name,
            contents=_list_sheets(contents),
        )
        raise DataError(message, file=str(path), sheet=found[0].name)
    return found[0]


def choose_sheets(path: Path, contents: Contents, wanted: Sequence[str | int]) -> tuple[str | int, ...]:
    """Name several sheets, each as for :func:`choose_sheet`, or by a shell pattern over the names of visible ones.

    Each is given once. DataError where a name or pattern is that of none.
    """
    chosen = (name for each in wanted for name in _match(path, contents, each))
    return tuple(dict.fromkeys(chosen))


def _match(path: Path, contents: Contents, wanted: str | int) -> Sequence[str | int]:
    if isinstance(wanted, int):
        return (wanted,)
    found = [part.name for part in visible_sheets(contents) if fnmatch.fnmatchcase(_fold(part.name), _fold(wanted))]
    if not found or _by_name(contents, wanted):
        return (choose_sheet(path, contents, wanted).name,)
    return found


def visible_sheets(contents: Contents) -> Iterator[SheetPart]:
    """Give the worksheets that Excel shows, in order."""
    return (sheet for sheet in contents.sheets if sheet.has_cells and not sheet.is_hidden)


def _by_index(contents: Contents, wanted: int) -> tuple[SheetPart, ...]:
    return tuple(visible_sheets(contents))[wanted : wanted + 1] if wanted >= 0 else ()


def _by_name(contents: Contents, wanted: str) -> tuple[SheetPart, ...]:
    exact = tuple(sheet for sheet in contents.sheets if sheet.name == wanted)
    if exact:
        return exact[:1]
    return tuple(sheet for sheet in contents.sheets if _fold(sheet.name) == _fold(wanted))


def _fold(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _missing_sheet(path: Path, contents: Contents, wanted: str | int, found: tuple[SheetPart, ...]) -> str:
    if found:
        return say(
            "{name}: {count} sheets could be {wanted!r}. {contents} Name one exactly.",
            name=path.name,
            count=len(found),
            wanted=wanted,
            contents=_list_sheets(contents),
        )
    names = [sheet.name for sheet in contents.sheets[:_MOST_NAMED]]
    near = near_match(wanted, names, least=0.5) if isinstance(wanted, str) else None
    hint = say(" Did you mean {near}?", near=near) if near else ""
    told = {"name": path.name, "wanted": wanted, "sheets": _list_sheets(contents), "hint": hint}
    if isinstance(wanted, str):
        return say("{name}: there is no sheet {wanted}. {sheets}{hint}", **told)
    return say("{name}: there is no visible sheet number {wanted} (the first is 0). {sheets}{hint}", **told)


def _list_sheets(contents: Contents) -> str:
    rest = len(contents.sheets) - _MOST_NAMED
    names = join(", ", map(_show_sheet, contents.sheets[:_MOST_NAMED]))
    if rest > 0:
        return say("Its sheets: {names} and {rest} more.", names=names, rest=rest)
    return say("Its sheets: {names}.", names=names)


def _find_workbook(path: Path, source: _Source) -> tuple[str, str | None]:
    """Find the workbook part, and say what is odd about how it is referred to."""
    if source.names.find(name_relations("")) is not None:
        relations, odd = source.relations("")
        found = [one for one in relations.values() if one.kind.endswith("/officeDocument")]
        for relation in found:
            if source.names.find(relation.member) is not None:
                is_usual = len(found) == 1 and relation.target.lstrip("/").lower() == relation.member.lower()
                return relation.member, odd if is_usual else _ODD_NAMES
    message = say("{name}: is a zip without a workbook in it. Open it in Excel and save it as .xlsx.", name=path.name)
    raise DataError(message, file=str(path))


def _namespace(node: ElementTree.Element) -> str:
    tag = str(node.tag)
    return tag[: tag.rfind("}") + 1]


def _sheet_parts(root: ElementTree.Element, relations: Mapping[str, _Relation]) -> Iterator[SheetPart]:
    space = _namespace(root)
    for node in root.iterfind(f"{space}sheets/{space}sheet"):
        link = next((value for key, value in node.items() if key.endswith("}id")), "")
        relation = relations.get(link, _Relation("", "", ""))
        member, plain = relation.member, relation.target.removeprefix("/")
        is_referred = member.lower() in (plain.lower(), f"xl/{plain}".lower())
        yield SheetPart(
            node.get("name", ""),
            member,
            has_cells=relation.kind.endswith(_WORKSHEET),
            is_hidden=node.get("state") in _HIDDEN,
            has_usual_name=is_referred and _USUAL_SHEET.fullmatch(member) is not None,
        )


def _read_styles(path: Path, source: _Source, member: str | None) -> tuple[Styles | None, str | None]:
    """Read the cell styles (None: there are none), and say what is odd about how they are written."""
    if member is None or source.names.find(member) is None:
        return None, None
    xml = source.read(member)
    try:
        styles = parse_styles(xml)
    except (ElementTree.ParseError, ValueError) as error:
        raise damaged(path, member, error) from error
    return styles, find_odd_styles(xml, styles=len(styles.formats))


def _show_sheet(sheet: SheetPart) -> str:
    return say("{name} (hidden)", name=sheet.name) if sheet.is_hidden else sheet.name
