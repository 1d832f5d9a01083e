"""All of a sheet but its rows: moved to the right, and without what belongs to no sheet that goes to its sender."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.facts.cells import column_index
from wdh.mending.elements import (
    MAIN,
    RELATIONS,
    child,
    children,
    escape_text,
    name_of,
    plain_attributes,
    write_element,
    write_list,
    write_merges,
    write_tag,
)
from wdh.mending.shifting import LAST_COLUMN, Shift
from wdh.words.language import later
from wdh.workbook.rows.merges import Area

_STATE_WIDTH: Final = 20
_CELL: Final = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")

PROTECTION: Final = later("the protection of the sheet, as nobody could mend cells that are locked")
VALIDATIONS: Final = later("data validations that use other sheets, names or functions")
CONDITIONS: Final = later("conditional formats that use other sheets, names or functions")
LINKS: Final = later("links to files and other sheets")
FILTER: Final = later("filters that reach past the last column")
MERGES: Final = later("merged ranges that reach past the last column")
PICTURES: Final = later("pictures, charts and other drawings")
TABLES: Final = later("the definition of tables; their cells are all there")
NEWER: Final = later("features of newer versions of Excel, such as sparklines and data bars with borders")
SCENARIOS: Final = later("scenarios, custom views and watched cells")

_DROPPED: Final[Mapping[str, str]] = {
    "sheetProtection": PROTECTION,
    "protectedRanges": PROTECTION,
    "scenarios": SCENARIOS,
    "customSheetViews": SCENARIOS,
    "cellWatches": SCENARIOS,
    "drawing": PICTURES,
    "picture": PICTURES,
    "oleObjects": PICTURES,
    "controls": PICTURES,
    "tableParts": TABLES,
    "extLst": NEWER,
}
_COLUMN_FIELDS: Final = ("min", "max", "width", "hidden", "customWidth", "bestFit", "outlineLevel", "collapsed")
_FORMAT_FIELDS: Final = (
    *("baseColWidth", "defaultColWidth", "defaultRowHeight", "customHeight", "zeroHeight", "thickTop"),
    *("thickBottom", "outlineLevelRow", "outlineLevelCol"),
)


class Frame(Struct, frozen=True):
    """The text before and after the rows of a sheet. ``left_out`` counts what is not in it, by what it is."""

    head: str
    tail: str
    left_out: Mapping[str, int]


def merged_areas(root: ElementTree.Element) -> Iterator[Area]:
    """Give the merged ranges of a sheet."""
    for ref in _merged_refs(root):
        ends = [_CELL.fullmatch(end) for end in ref.split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            columns = sorted(column_index(end[1]) for end in ends if end)
            rows = sorted(int(end[2]) for end in ends if end)
            yield Area(top=rows[0], bottom=rows[1], left=columns[0], right=columns[1])


def _merged_refs(root: ElementTree.Element) -> Iterator[str]:
    return (node.get("ref", "") for node in children(child(root, "mergeCells"), "mergeCell"))


class FrameMaker:
    """Makes the frame of one sheet. ``base_style`` gives a style that is there; formulas may use the ``names``."""

    def __init__(
        self, root: ElementTree.Element, shift: Shift, *, base_style: Callable[[int], int], names: Collection[str]
    ) -> None:
        self._root, self._shift, self._base_style, self._names = root, shift, base_style, names
        self._left_out: Counter[str] = Counter()

    def make(self, *, has_comments: bool) -> Frame:
        """Make the frame; the drawing of comments is the first relation of the sheet."""
        for node in self._root:
            what = _DROPPED.get(name_of(node) or "")
            if what is not None:
                self._left_out[what] += 1
        head = (
            f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
            + self._properties()
            + self._views()
            + self._formats()
            + self._columns()
        )
        tail = (
            self._filter()
            + self._merges()
            + self._conditions()
            + self._validations()
            + self._links()
            + self._as_it_is("printOptions", "pageMargins")
            + self._page()
            + self._as_it_is("headerFooter", "rowBreaks")
            + self._breaks()
            + ('<legacyDrawing r:id="rId1"/>' if has_comments else "")
            + "</worksheet>"
        )
        return Frame(head, tail, self._left_out)

    def _as_it_is(self, *names: str) -> str:
        found = (child(self._root, name) for name in names)
        return "".join(write_element(node) for node in found if node is not None)

    def _properties(self) -> str:
        node = child(self._root, "sheetPr")
        if node is None:
            return ""
        inner = "".join(
            write_element(each) for name in ("tabColor", "outlinePr", "pageSetUpPr") for each in children(node, name)
        )
        kept = {key: value for key, value in plain_attributes(node).items() if key == "filterMode"}
        return write_tag("sheetPr", kept, inner) if inner or kept else ""

    def _views(self) -> str:
        views = children(child(self._root, "sheetViews"), "sheetView")
        written = list(map(self._view, views[:1]))
        return write_tag("sheetViews", {}, "".join(written) or '<sheetView workbookViewId="0"/>')

    def _view(self, node: ElementTree.Element) -> str:
        attributes = plain_attributes(node, without=("tabSelected", "topLeftCell", "workbookViewId"))
        if (moved := self._move_corner(node)) is not None:
            attributes["topLeftCell"] = moved
        inner = "".join(map(self._pane, children(node, "pane"))) + "".join(
            map(self._selection, children(node, "selection"))
        )
        return write_tag("sheetView", {**attributes, "workbookViewId": "0"}, inner)

    def _pane(self, node: ElementTree.Element) -> str:
        attributes = plain_attributes(node, without=("topLeftCell",))
        split = attributes.get("xSplit", "0")
        if attributes.get("state", "").startswith("frozen") and split.isdecimal() and int(split) > 0:
            attributes["xSplit"] = str(int(split) + self._shift.by)
        if (moved := self._move_corner(node)) is not None:
            attributes["topLeftCell"] = moved
        return write_tag("pane", attributes)

    def _move_corner(self, node: ElementTree.Element) -> str | None:
        """Move the first cell that a window shows; one that began with the first column begins with ours."""
        corner = node.get("topLeftCell", "")
        is_first = corner.rstrip("0123456789") == "A" and "xSplit" not in node.keys()  # noqa: SIM118 - no mapping
        return corner if is_first else self._shift.cell(corner)

    def _selection(self, node: ElementTree.Element) -> str:
        attributes = plain_attributes(node, without=("activeCell", "sqref", "activeCellId"))
        cell, areas = self._shift.cell(node.get("activeCell", "A1")), self._shift.areas(node.get("sqref", "A1"))
        placed = {} if cell is None or areas is None else {"activeCell": cell, "sqref": cell}
        return write_tag("selection", {**attributes, **placed})

    def _formats(self) -> str:
        node = child(self._root, "sheetFormatPr")
        if node is None:
            return ""
        kept = {key: node.get(key, "") for key in _FORMAT_FIELDS if node.get(key) is not None}
        return write_tag("sheetFormatPr", {"defaultRowHeight": "15", **kept})

    def _columns(self) -> str:
        by = self._shift.by
        first = (
            []
            if by == 0
            else [write_tag("col", {"min": "1", "max": "1", "width": str(_STATE_WIDTH), "customWidth": "1"})]
        )
        written = [*first, *map(self._column, children(child(self._root, "cols"), "col"))]
        return f"<cols>{''.join(written)}</cols>" if any(written) else ""

    def _column(self, node: ElementTree.Element) -> str:
        kept = {key: node.get(key, "") for key in _COLUMN_FIELDS if node.get(key) is not None}
        try:
            low, high = (int(kept[key]) + self._shift.by for key in ("min", "max"))
            style = self._base_style(int(node.get("style", "0")))
        except (KeyError, ValueError):
            return ""
        if not 1 <= low <= min(high, LAST_COLUMN + 1):
            return ""
        placed = {**kept, "min": str(low), "max": str(min(high, LAST_COLUMN + 1))}
        return write_tag("col", {**placed, **({"style": str(style)} if style else {})})

    def _filter(self) -> str:
        node = child(self._root, "autoFilter")
        if node is None:
            return ""
        area = self._shift.area(node.get("ref", ""))
        if area is None:
            self._left_out[FILTER] += 1
            return ""
        inner = "".join(write_element(each) for each in children(node, "filterColumn"))
        return write_tag("autoFilter", {"ref": area}, inner)

    def _merges(self) -> str:
        moved = [self._shift.area(ref) for ref in _merged_refs(self._root)]
        self._left_out[MERGES] += moved.count(None)
        return write_merges(moved)

    def _conditions(self) -> str:
        return "".join(map(self._condition, children(self._root, "conditionalFormatting")))

    def _condition(self, node: ElementTree.Element) -> str:
        areas = self._shift.areas(node.get("sqref", ""))
        rules = children(node, "cfRule")
        written = [] if areas is None else [text for rule in rules if (text := self._rule(rule)) is not None]
        self._left_out[CONDITIONS] += len(rules) - len(written)
        return write_tag("conditionalFormatting", {"sqref": areas}, "".join(written)) if areas and written else ""

    def _rule(self, node: ElementTree.Element) -> str | None:
        inner: list[str] = []
        for each in node:
            if name_of(each) == "formula":
                moved = self._shift.formula(each.text or "", self._names)
                if moved is None:
                    return None
                inner.append(_write_formula("formula", moved))
            elif any("!" in value or "$" in value for part in each.iter() for value in part.attrib.values()):
                return None
            else:
                inner.append(write_element(each))
        return write_tag("cfRule", plain_attributes(node), "".join(inner))

    def _validations(self) -> str:
        found = child(self._root, "dataValidations")
        nodes = children(found, "dataValidation")
        written = [text for node in nodes if (text := self._validation(node)) is not None]
        self._left_out[VALIDATIONS] += len(nodes) - len(written)
        return write_list("dataValidations", written)

    def _validation(self, node: ElementTree.Element) -> str | None:
        areas = self._shift.areas(node.get("sqref", ""))
        inner: list[str] = []
        for name in ("formula1", "formula2"):
            for each in children(node, name):
                moved = self._shift.formula(each.text or "", self._names)
                if moved is None:
                    return None
                inner.append(_write_formula(name, moved))
        return (
            None
            if areas is None
            else write_tag("dataValidation", {**plain_attributes(node), "sqref": areas}, "".join(inner))
        )

    def _links(self) -> str:
        nodes = children(child(self._root, "hyperlinks"), "hyperlink")
        written = [text for node in nodes if (text := self._link(node)) is not None]
        self._left_out[LINKS] += len(nodes) - len(written)
        return write_tag("hyperlinks", {}, "".join(written)) if written else ""

    def _link(self, node: ElementTree.Element) -> str | None:
        """Move a link within the sheet; None: it leads elsewhere."""
        is_outside = any(key.startswith("{") for key in node.keys())  # noqa: SIM118 - an element is no mapping
        area, place = self._shift.area(node.get("ref", "")), self._shift.formula(node.get("location", ""))
        if is_outside or area is None or not place or (place == node.get("location") and self._shift.by):
            return None
        shown = {key: node.get(key, "") for key in ("tooltip", "display") if node.get(key) is not None}
        return write_tag("hyperlink", {"ref": area, "location": place, **shown})

    def _page(self) -> str:
        node = child(self._root, "pageSetup")
        return "" if node is None else write_tag("pageSetup", plain_attributes(node, without=("id",)))

    def _breaks(self) -> str:
        node = child(self._root, "colBreaks")
        if node is None:
            return ""
        moved = [self._break(each) for each in children(node, "brk")]
        count = {"count": str(len(moved)), "manualBreakCount": str(len(moved))}
        return write_tag("colBreaks", count, "".join(moved)) if moved else ""

    def _break(self, node: ElementTree.Element) -> str:
        place = node.get("id", "0")
        moved = str(min(int(place) + self._shift.by, LAST_COLUMN)) if place.isdecimal() else place
        return write_tag("brk", {**plain_attributes(node), "id": moved})


def _write_formula(name: str, text: str) -> str:
    return f"<{name}>{escape_text(text)}</{name}>"
