"""The parts of a workbook that say what is where: its sheets, its epoch, its styles, its strings."""

from __future__ import annotations

import difflib
import posixpath
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.workbook.guard import read_whole
from wdh.workbook.styles import Styles, parse_styles

_WORKSHEET = "/worksheet"
_MOST_NAMED = 100
_TRUE = frozenset(("1", "true", "on"))
_STRICT = "http://purl.oclc.org/ooxml/"
_WORKBOOK = "xl/workbook.xml"
_USUAL_NAMES = {"styles": "xl/styles.xml", "sharedStrings": "xl/sharedstrings.xml"}
_USUAL_SHEET = re.compile(r"(?i)xl/worksheets/[^/]+\.xml")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet of a workbook: its name, its part in the package, whether it holds cells (a chart sheet does not)."""

    name: str
    member: str
    has_cells: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What the workbook part says. ``strings`` is None where the workbook has no table of shared strings.

    Where not ``is_calculated``, Excel would calculate all formulas as it opens the file: a stored 0 is no result then.
    ``has_usual_names``: its parts are called as by Excel. Whoever looks for these names, and does not follow what the
    parts say of each other, finds the right ones then.
    """

    sheets: tuple[SheetPart, ...]
    strings: str | None
    styles: Styles
    epoch_1904: bool
    is_calculated: bool
    strict: bool
    has_usual_names: bool


def read_contents(path: Path, package: zipfile.ZipFile, *, limits: Limits) -> Contents:
    """Read the workbook part and what it refers to. DataError when they are missing or damaged."""
    member = _find_workbook(path, package, limits=limits)
    root = _parse(path, package, member, limits=limits)
    targets = dict(_read_targets(path, package, member, limits=limits))
    sheets = tuple(_sheet_parts(root, targets))
    if not sheets:
        raise DataError(f"{path.name}: has no sheet at all. Open it in Excel and save it again.", file=str(path))
    kinds = {kind.rpartition("/")[2]: target for kind, target in targets.values()}
    styles = _read_styles(path, package, kinds.get("styles"), limits=limits)
    properties = root.find("{*}workbookPr")
    epoch = "0" if properties is None else properties.get("date1904", "0")
    return Contents(
        sheets=sheets,
        strings=kinds.get("sharedStrings"),
        styles=styles,
        epoch_1904=epoch in _TRUE,
        is_calculated=all(node.get("fullCalcOnLoad", "0") not in _TRUE for node in root.iterfind("{*}calcPr")),
        strict=root.tag.startswith("{" + _STRICT),
        has_usual_names=_has_usual_names(member, kinds, package.namelist()),
    )


def has_usual_name(sheet: SheetPart) -> bool:
    """Say whether a sheet's part is called as by Excel."""
    return _USUAL_SHEET.fullmatch(sheet.member) is not None


def _has_usual_names(workbook: str, parts: Mapping[str, str], names: Iterable[str]) -> bool:
    there = Counter(map(str.lower, names))
    return workbook.lower() == _WORKBOOK and all(
        # One that is there and that no other part refers to would be found as well.
        there[usual] == (kind in parts) and parts.get(kind, usual).lower() == usual
        for kind, usual in _USUAL_NAMES.items()
    )


def choose_sheet(path: Path, contents: Contents, wanted: str | int) -> SheetPart:
    """Find a sheet by its 0-based index, its exact name, or its name but for blanks and width.

    DataError, naming the sheets there are, when it is missing, ambiguous, or a chart.
    """
    found = _by_index(contents, wanted) if isinstance(wanted, int) else _by_name(contents, wanted)
    if len(found) != 1:
        raise DataError(_missing_sheet(path, contents, wanted, found), file=str(path), sheet=wanted)
    if not found[0].has_cells:
        message = f"{path.name}: the sheet {found[0].name} is a chart and has no rows. {_list_sheets(contents)}"
        raise DataError(message, file=str(path), sheet=found[0].name)
    return found[0]


def _by_index(contents: Contents, wanted: int) -> tuple[SheetPart, ...]:
    return contents.sheets[wanted : wanted + 1] if wanted >= 0 else ()


def _by_name(contents: Contents, wanted: str) -> tuple[SheetPart, ...]:
    exact = tuple(sheet for sheet in contents.sheets if sheet.name == wanted)
    if exact:
        return exact[:1]
    return tuple(sheet for sheet in contents.sheets if _fold(sheet.name) == _fold(wanted))


def _fold(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _missing_sheet(path: Path, contents: Contents, wanted: str | int, found: tuple[SheetPart, ...]) -> str:
    if found:
        return f"{path.name}: {len(found)} sheets could be {wanted!r}. {_list_sheets(contents)} Name one exactly."
    names = [sheet.name for sheet in contents.sheets[:_MOST_NAMED]]
    near = difflib.get_close_matches(str(wanted), names, n=1, cutoff=0.5) if isinstance(wanted, str) else []
    hint = f" Did you mean {near[0]}?" if near else ""
    what = f"sheet {wanted}" if isinstance(wanted, str) else f"sheet number {wanted} (the first is 0)"
    return f"{path.name}: there is no {what}. {_list_sheets(contents)}{hint}"


def _list_sheets(contents: Contents) -> str:
    rest = len(contents.sheets) - _MOST_NAMED
    names = ", ".join(sheet.name for sheet in contents.sheets[:_MOST_NAMED])
    return f"Its sheets: {names}{f' and {rest} more' if rest > 0 else ''}."


def _find_workbook(path: Path, package: zipfile.ZipFile, *, limits: Limits) -> str:
    if "_rels/.rels" in package.namelist():
        for kind, target in dict(_read_targets(path, package, "", limits=limits)).values():
            if kind.endswith("/officeDocument") and target in package.namelist():
                return target
    message = f"{path.name}: is a zip without a workbook in it. Open it in Excel and save it as .xlsx."
    raise DataError(message, file=str(path))


def _read_targets(
    path: Path, package: zipfile.ZipFile, source: str, *, limits: Limits
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give (id, (type, member)) for each relation of a part; ``source`` is empty for the package itself."""
    folder, name = posixpath.split(source)
    for node in _parse(path, package, posixpath.join(folder, "_rels", f"{name}.rels"), limits=limits):
        if node.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, node.get("Target", "")))
            yield node.get("Id", ""), (node.get("Type", ""), target.lstrip("/"))


def _sheet_parts(root: ElementTree.Element, targets: dict[str, tuple[str, str]]) -> Iterator[SheetPart]:
    for node in root.iterfind("{*}sheets/{*}sheet"):
        link = next((value for key, value in node.items() if key.endswith("}id")), "")
        kind, member = targets.get(link, ("", ""))
        yield SheetPart(node.get("name", ""), member, kind.endswith(_WORKSHEET))


def _read_styles(path: Path, package: zipfile.ZipFile, member: str | None, *, limits: Limits) -> Styles:
    if member is None or member not in package.namelist():
        return Styles()
    try:
        return parse_styles(read_whole(path, package, member, limits=limits))
    except (ElementTree.ParseError, ValueError) as error:
        raise _damaged(path, member, error) from error


def _parse(path: Path, package: zipfile.ZipFile, member: str, *, limits: Limits) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(read_whole(path, package, member, limits=limits))  # noqa: S314 (as in styles)
    except ElementTree.ParseError as error:
        raise _damaged(path, member, error) from error


def _damaged(path: Path, member: str, error: Exception) -> DataError:
    message = f"{path.name}: its part {member} is damaged ({error}). Get a fresh copy, or save it again in Excel."
    return DataError(message, file=str(path), member=member)
