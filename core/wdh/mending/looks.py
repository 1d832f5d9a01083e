"""The cell styles of a red workbook: those of its original, red ones made of them, and a few of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.mending.elements import (
    DECLARATION,
    MAIN,
    child,
    children,
    plain_attributes,
    write_element,
    write_list,
    write_tag,
)

RED: Final = "FFFFB3B3"
"""The colour of cells to mend, as ARGB. No palette of Excel has it, so that it is known again."""

_DARK_RED: Final = "FF9C0006"
_GREY: Final = "FF7F7F7F"
_PALE: Final = "FFF2F2F2"
_LISTS: Final = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
_MOST_STYLES: Final = 64_000
_MIGHT_BE_FORMULA: Final = frozenset("=+-@\t\r")
_LEAST: Final[Mapping[str, tuple[str, ...]]] = {
    "fonts": ('<font><sz val="11"/><name val="Calibri"/></font>',),
    "fills": (
        '<fill><patternFill patternType="none"/></fill>',
        '<fill><patternFill patternType="gray125"/></fill>',
    ),
    "borders": ("<border><left/><right/><top/><bottom/><diagonal/></border>",),
    "cellStyleXfs": ('<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',),
    "cellStyles": ('<cellStyle name="Normal" xfId="0" builtinId="0"/>',),
}
_PLAIN: Final = {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0", "xfId": "0"}


def might_be_formula(text: str) -> bool:
    """Say whether a program may take a text for a formula when somebody edits its cell."""
    return text[:1] in _MIGHT_BE_FORMULA


class Own(Struct, frozen=True):
    """The numbers of the styles that wdh adds: of its first column, and of its sheet."""

    header: int
    state: int
    mend: int
    title: int
    text: int
    plain: int
    link: int
    head: int


class Looks:
    """The styles by their numbers: those of the original stay what they are, and others are made when first asked for.

    ``was_red``: the original came back, and its red cells become plain where nothing is wrong with them any more.
    """

    def __init__(self, root: ElementTree.Element | None, *, was_red: bool = False) -> None:
        self._lists = {name: self._read_list(root, name) for name in _LISTS}
        self._colors = child(root, "colors")
        self._xfs = [self._clean(node) for node in children(child(root, "cellXfs"), "xf")] or [(_PLAIN, "")]
        self.count = len(self._xfs)
        reds = {str(place) for place, fill in enumerate(self._lists["fills"]) if RED in fill}
        if was_red:
            self._xfs = [
                ({**attributes, "fillId": "0"} if attributes["fillId"] in reds else attributes, inner)
                for attributes, inner in self._xfs
            ]
        self._red_fill = self._add("fills", _fill(RED))
        self._made: dict[tuple[int, str], int] = {}
        self.own = self._make_own()

    def red(self, style: int) -> int:
        """Give the number of a style in red."""
        return self._variant(style, {"fillId": str(self._red_fill), "applyFill": "1"})

    def quoted(self, style: int) -> int:
        """Give the number of a style for a text that could be taken for a formula, and is none."""
        return self._variant(style, {"quotePrefix": "1"})

    def base(self, style: int) -> int:
        """Give a style that the original has; 0, where it has none of this number."""
        return style if 0 <= style < self.count else 0

    def _variant(self, style: int, changed: Mapping[str, str]) -> int:
        key = (style, next(iter(changed)))
        if key not in self._made:
            attributes, inner = self._xfs[style]
            self._made[key] = self._add_style({**attributes, **changed}, inner)
        return self._made[key]

    def _add_style(self, attributes: dict[str, str], inner: str = "") -> int:
        if len(self._xfs) >= _MOST_STYLES:
            return 0
        self._xfs.append((attributes, inner))
        return len(self._xfs) - 1

    def add_format(self, code: str) -> int:
        """Give the number of a style that has nothing but a number format."""
        place = len(self._lists["numFmts"])
        used = {int(number) for number in self._numbers() if number.isdecimal()}
        number = next(number for number in range(164 + place, 1 << 16) if number not in used)
        self._lists["numFmts"].append(write_tag("numFmt", {"numFmtId": str(number), "formatCode": code}))
        return self._add_style({**_PLAIN, "numFmtId": str(number), "applyNumberFormat": "1"})

    def _numbers(self) -> list[str]:
        return [attributes.get("numFmtId", "0") for attributes, _ in self._xfs]

    def write(self) -> bytes:
        """Write the part."""
        self._lists["cellXfs"] = [write_tag("xf", attributes, inner) for attributes, inner in self._xfs]
        lists = "".join(write_list(name, self._lists[name]) for name in _LISTS)
        colors = "" if self._colors is None else write_element(self._colors)
        return f'{DECLARATION}<styleSheet xmlns="{MAIN}">{lists}{colors}</styleSheet>'.encode()

    def _read_list(self, root: ElementTree.Element | None, name: str) -> list[str]:
        found = child(root, name)
        items = [] if found is None else [text for node in found if (text := write_element(node))]
        return items or [*_LEAST.get(name, ())]

    def _clean(self, node: ElementTree.Element) -> tuple[dict[str, str], str]:
        """Read a style, and let it refer to nothing that is not there."""
        attributes = plain_attributes(node)
        for key, name in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"), ("xfId", "cellStyleXfs")):
            number = attributes.get(key, "0")
            if not (number.isdecimal() and int(number) < len(self._lists[name])):
                attributes[key] = "0"
        return attributes, "".join(write_element(each) for each in node)

    def _add(self, name: str, item: str) -> int:
        self._lists[name].append(item)
        return len(self._lists[name]) - 1

    def _make_own(self) -> Own:
        grey = self._add("fonts", _font(_GREY))
        dark = self._add("fonts", _font(_DARK_RED, bold=True))
        black = self._add("fonts", _font("FF000000"))
        bold = self._add("fonts", _font("FF000000", bold=True))
        large = self._add("fonts", _font("FF000000", bold=True, size=14))
        link = self._add("fonts", _font("FF0563C1", underline=True))
        pale = self._add("fills", _fill(_PALE))
        return Own(
            header=self._own_style(bold, pale),
            state=self._own_style(grey),
            mend=self._own_style(dark, self._red_fill),
            title=self._own_style(large),
            text=self._own_style(black, wraps=True),
            plain=self._own_style(black),
            link=self._own_style(link),
            head=self._own_style(bold, pale),
        )

    def _own_style(self, font: int, fill: int = 0, *, wraps: bool = False) -> int:
        attributes = {"numFmtId": "49", "fontId": str(font), "fillId": str(fill), "borderId": "0", "xfId": "0"}
        flags = {"applyNumberFormat": "1", "applyFont": "1", "applyFill": "1", "applyAlignment": "1"}
        aligned = {"vertical": "top"} | ({"wrapText": "1"} if wraps else {})
        return self._add_style({**attributes, **flags}, write_tag("alignment", aligned))


def _fill(colour: str) -> str:
    pattern = f'<fgColor rgb="{colour}"/><bgColor indexed="64"/>'
    return f'<fill><patternFill patternType="solid">{pattern}</patternFill></fill>'


def _font(colour: str, *, bold: bool = False, underline: bool = False, size: int = 10) -> str:
    marks = f"{'<b/>' if bold else ''}{'<u/>' if underline else ''}"
    return f'<font>{marks}<sz val="{size}"/><color rgb="{colour}"/><name val="Calibri"/><family val="2"/></font>'
