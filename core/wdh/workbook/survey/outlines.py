"""The outlines of cells: their XML with all digits made one digit, and all letters of other scripts one letter.

A sheet has millions of cells and a few hundred outlines. So each outline is judged once, and what a survey must look
at more closely are the few cells whose outline is not plain: every search gives the same, in a third of the time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

_CELL = b"<c"
_ROW_END = b"</row>"
_REMEMBERED: Final = 20_000
_LONGEST: Final = 500
"""Bytes of an outline that may be plain: so the memory stays small, and so does the time of the search."""


def _fold() -> bytes:
    # Only what stands for itself alone in the plain outline below may be folded; the S of inlineStr must stay, and the
    # E of numbers.
    table = bytearray(range(256))
    no_characters = {*range(0x20)} - {*b"\t\n\r"}
    letters = b"ABCDFGHIJKLMNOPQRTUVWXYZ"
    for characters, one in (
        (b"0123456789", b"0"),
        (letters, b"A"),
        (range(0x80, 0x100), b"\x80"),
        (no_characters, b"\0"),
    ):
        for character in characters:
            table[character] = one[0]
    return bytes(table)


_FOLD: Final = _fold()

_ENTITY = r"&(?:amp|lt|gt|quot|apos);"
_CHARACTER = rf"(?:[^<_:'&\]\0]|_(?!x)|:(?!row)|(?<!=)'|\](?!\]>)|{_ENTITY})"
_TEXT = f"{_CHARACTER}*"
_NUMBER = r"<v>-?(?:0{1,18}(?:\.0*)?|\.0+)(?:[Ee][-+]?0{1,3})?</v>"


def _plain(formula: str) -> re.Pattern[bytes]:
    """Write the outline of a cell, from behind its ``<c`` on to the next one, of which no search finds anything.

    It is narrower than what they all let pass: see USUAL_ROW and the searches of wdh.workbook.survey.exactness.
    """
    text = rf"""\ r="[AES]{{1,2}}0{{1,7}}"(?:\ s="0{{1,5}}")?
    (?:(?:\ t="(?:s|n|b|str|inlineStr)")?\ ?(?:/>|></c>)
      |(?:\ t="n")?\ ?>{formula}{_NUMBER}</c>
      |\ t="s"\ ?><v>0{{1,9}}</v></c>
      |\ t="b"\ ?>{formula}<v>0</v></c>
      |\ t="str"\ ?>{formula}<v>(?!<){_TEXT}</v></c>
      |\ t="inlineStr"\ ?><is><t>(?!\s){_TEXT}(?<!\s)</t></is></c>
      |\ t="inlineStr"\ ?><is><t\ xml:space="preserve">{_TEXT}</t></is></c>
    )
    (?:</row><row\ r="0{{1,7}}"(?:\ (?:[A-Za-z0.-]|:(?!row))+="(?:[^"<>=:_']|:(?!row))*")*\ ?>)?"""
    return re.compile(text.encode(), re.VERBOSE)


_PLAIN = _plain(rf"(?:<f>(?:(?!\x80){_CHARACTER})*</f>)?")
_PLAIN_BUT_FORMULAS = _plain("")


class Parted(Struct, frozen=True):
    """A piece of a sheet, parted: ``odd`` is what of it must be looked at, ``cells`` counts the cells of all of it.

    ``frame`` is the piece, cut wherever plain cells are left out of it: a None stands for them.
    """

    odd: bytes
    cells: int
    frame: Sequence[bytes | None]


class Outlines:
    """The plain outlines seen so far. Where formulas are not ``trusted``, none of a formula is plain."""

    def __init__(self, *, trusted: bool = True) -> None:
        self._plain: set[bytes] = set()
        self._pattern = _PLAIN if trusted else _PLAIN_BUT_FORMULAS

    def part(self, piece: bytes) -> Parted:
        """Leave the plain cells out of a piece, each with the end of its row and the start of the next.

        Text before the first cell is never left out.
        """
        end = _ROW_END if piece.endswith(_ROW_END) else b""
        start, *outlines = piece[: len(piece) - len(end)].translate(_FOLD).split(_CELL)
        odd = {outline for outline in {*outlines} - self._plain if not self._is_plain(outline)}
        head = piece[: len(start)]
        if not odd:
            return Parted(head, len(outlines), (head, None, end) if outlines else (piece,))
        # Folding leaves each byte at its place and < and c as they are, so that both are cut at the same places.
        cells = piece.split(_CELL)[1:]
        places = [place for place, outline in enumerate(outlines) if outline in odd]
        kept = _CELL.join([head, *(cells[place] for place in places)])
        return Parted(kept, len(outlines), _frame(head, cells, places, end=end))

    def _is_plain(self, outline: bytes) -> bool:
        if len(outline) > _LONGEST or not self._pattern.fullmatch(outline):
            return False
        if len(self._plain) >= _REMEMBERED:
            self._plain.clear()
        self._plain.add(outline)
        return True


def _frame(head: bytes, cells: Sequence[bytes], places: Sequence[int], *, end: bytes) -> list[bytes | None]:
    """Keep the cells at these places; a cell that is kept has the ``end`` of its row itself."""
    frame: list[bytes | None] = [head]
    last = -1
    for place in places:
        if place > last + 1:
            frame.append(None)
        frame.append(_CELL + cells[place])
        last = place
    if last + 1 < len(cells):
        frame += (None, end)
    return frame
