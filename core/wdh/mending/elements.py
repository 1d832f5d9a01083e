"""Writes XML of a spreadsheet again, with nothing in it but elements and attributes of its own namespace."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_OWN: Final = (f"{{{MAIN}}}", "{http://purl.oclc.org/ooxml/spreadsheetml/main}")
_KEEPS_BLANKS: Final = "{http://www.w3.org/XML/1998/namespace}space"
_QUOTED: Final = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DEEPEST: Final = 32


def name_of(node: ElementTree.Element) -> str | None:
    """Give the local name of an element of a spreadsheet; None: it is one of another namespace."""
    tag = str(node.tag)
    return next((tag[len(space) :] for space in _OWN if tag.startswith(space)), None)


def children(node: ElementTree.Element | None, name: str) -> list[ElementTree.Element]:
    """Give the elements of a spreadsheet that stand in ``node`` under this name; None has none."""
    return [] if node is None else [child for child in node if name_of(child) == name]


def child(node: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    """Give the first element in ``node`` of this name; None: there is none."""
    return next(iter(children(node, name)), None)


def plain_attributes(node: ElementTree.Element, *, without: Collection[str] = ()) -> dict[str, str]:
    """Give the attributes of an element that are of no other namespace."""
    return {key: value for key, value in node.items() if "{" not in key and key not in without}


def read_events(chunks: Iterable[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    """Parse a part as it is read: give the ``start`` and the ``end`` of each element. Raises ParseError."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    for chunk in chunks:
        parser.feed(chunk)
        for event in parser.read_events():
            yield event[0], event[1]  # type: ignore[misc]
    parser.close()


def open_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Write the start of an element, without its end bracket."""
    return f"<{name}" + "".join(f' {key}="{quote(value)}"' for key, value in attributes.items())


def write_tag(name: str, attributes: Mapping[str, str], inner: str = "") -> str:
    """Write an element."""
    return f"{open_tag(name, attributes)}>{inner}</{name}>" if inner else f"{open_tag(name, attributes)}/>"


def write_element(node: ElementTree.Element, *, without: Collection[str] = (), depth: int = 0) -> str:
    """Write an element with all in it that is of a spreadsheet; extensions and those named in ``without`` are left
    out.
    """
    name = name_of(node)
    if name is None or name in without or name == "extLst" or depth > _DEEPEST:
        return ""
    inner = escape_text(node.text or "") + "".join(
        write_element(child, without=without, depth=depth + 1) + escape_text(child.tail or "") for child in node
    )
    attributes = plain_attributes(node)
    if _KEEPS_BLANKS in node.keys():  # noqa: SIM118 - an element is no mapping
        attributes["xml:space"] = "preserve"
    return write_tag(name, attributes, inner)


def write_list(name: str, items: Iterable[str]) -> str:
    """Write a list of elements with their count; empty: nothing."""
    written = [item for item in items if item]
    return write_tag(name, {"count": str(len(written))}, "".join(written)) if written else ""


def write_merges(areas: Iterable[str | None]) -> str:
    """Write the merged ranges of a sheet; None is one that has no place any more."""
    return write_list("mergeCells", (write_tag("mergeCell", {"ref": area}) for area in areas if area is not None))


def escape_text(text: str) -> str:
    """Write text between tags; what XML cannot hold becomes U+FFFD."""
    return escape(_UNWRITABLE.sub("\ufffd", text), {"\r": "&#13;"})


def quote(text: str) -> str:
    """Write the value of an attribute."""
    return escape(_UNWRITABLE.sub("\ufffd", text), _QUOTED)


def write_text(text: str) -> str:
    """Write a text of a cell as a ``t``: control characters as escapes (ECMA-376 part 1, 22.9.2.19)."""
    escaped = _ESCAPE.sub("_x005F_", text)
    escaped = _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", escaped).replace("\r", "_x000D_")
    return f'<t xml:space="preserve">{escape(escaped)}</t>'
