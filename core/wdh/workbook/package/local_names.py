"""Finds parts that the fast reader would misread, as it knows elements by their local names alone.

An extension may call its elements as the format does: ``x15:workbookPr`` is no ``workbookPr``. Every search is wider
than what it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from wdh.words.language import later

_EPOCH_1904 = frozenset(("1", "true"))
_NAMESPACES = (
    b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"',
    b'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"',
)
_OWN_SPACE = re.compile(rb"xmlns(?!:)")
_STRINGS = re.compile(rb"<sst(?=[\s/>])[^<>]*>")
_END = b"</sheetData>"
# They begin with the colon, which is rare, and so take a tenth of the time that they would from the < on.
_FOREIGN_CELL = re.compile(rb":(?:row|c|v|is|sheetData|dimension)[\s/>]")
_FOREIGN_STRING = re.compile(rb":(?:si|t|r|rPh)[\s/>]")
_LISTS = re.compile(rb"<((?:[\w.-]{1,100}:)?)(cellXfs|numFmts)[\s/>]")
_STYLE_SHEET = re.compile(rb"<((?:[\w.-]{1,100}:)?)styleSheet[\s/>]")
_STYLE = re.compile(rb"<(?:[\w.-]{1,100}:)?xf[\s/>]")
_PLACES = {"numFmts": "styleSheet", "cellXfs": "styleSheet", "xf": "cellXfs cellStyleXfs", "numFmt": "numFmts dxf"}
_ODD_FORMAT = re.compile(rb"""numFmtId\s*=\s*["'](?:0[0-9]|[^0-9])""")
_ODD = later("its parts have elements of other namespaces")


def local_name(node: ElementTree.Element) -> str:
    """Give the name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


def find_odd_workbook(root: ElementTree.Element, names: Sequence[str], *, epoch_1904: bool) -> str | None:
    """Say what is odd about a workbook part that has these sheets and this epoch; None: nothing."""
    nodes = list(root.iter())
    properties = [node for node in nodes if local_name(node) == "workbookPr"]
    epoch = bool(properties) and properties[-1].get("date1904") in _EPOCH_1904
    sheets = [node for node in nodes if local_name(node) == "sheet"]
    if epoch is not epoch_1904:
        return later("an extension of it seems to tell its epoch")
    if [node.get("name") for node in sheets] != list(names) or len({*names}) < len(names):
        return later("its list of sheets is unusual")
    return None if all(sum(_is_id(key) for key in node.keys()) == 1 for node in sheets) else _ODD  # noqa: SIM118


def _is_id(attribute: str) -> bool:
    return attribute.rpartition("}")[2] == "id"


def find_odd_relations(root: ElementTree.Element) -> str | None:
    """Say what is odd about a part of relations; None: nothing."""
    return None if {local_name(node) for node in root} <= {"Relationship"} and not any(map(len, root)) else _ODD


def find_odd_styles(xml: bytes, *, styles: int) -> str | None:
    """Say what is odd about a part in which that many cell styles were found; None: nothing."""
    root = _STYLE_SHEET.search(xml)
    prefix = b"" if root is None else root[1]
    lists = _LISTS.findall(xml)
    cells = xml.partition(b"<%bcellXfs" % prefix)[2].partition(b"</%bcellXfs>" % prefix)[0]
    is_usual = len({*lists}) == len(lists) and {used for used, _ in lists} <= {prefix} and b"<!" not in xml
    # The fast reader gives formats to the styles that follow them.
    is_usual = is_usual and [name for _, name in lists] == sorted((name for _, name in lists), reverse=True)
    # A workbook without cell styles counts as having one.
    if not is_usual or max(len(_STYLE.findall(cells)), 1) != styles or _ODD_FORMAT.search(xml) or _is_misplaced(xml):
        return later("its styles are written in an unusual way")
    return None


def _is_misplaced(xml: bytes) -> bool:
    """Say whether a format or a style, or a list of them, is where another reader would not look for it."""
    root = ElementTree.fromstring(xml)  # noqa: S314 (the guard refused document types)
    return any(
        local_name(above) not in places.split()
        for above in root.iter()
        for node in above
        if (places := _PLACES.get(local_name(node))) is not None
    )


def find_foreign_cells(piece: bytes, *, is_head: bool) -> str | None:
    """Say what is odd about a piece of a sheet; ``is_head``: it is the first. None: nothing."""
    if _END in piece:
        piece = piece.partition(_END)[0]
    spaces = len(_OWN_SPACE.findall(piece))
    if is_head and not any(space in piece for space in _NAMESPACES):
        return _ODD
    return _ODD if spaces > is_head or _FOREIGN_CELL.search(piece) else None


def find_foreign_strings(text: bytes) -> str | None:
    """Say what is odd about some shared strings; None: nothing."""
    root = _STRINGS.search(text)
    is_foreign = root is not None and not any(space in root[0] for space in _NAMESPACES)
    return _ODD if is_foreign or _FOREIGN_STRING.search(text) or len(_OWN_SPACE.findall(text)) > 1 else None
