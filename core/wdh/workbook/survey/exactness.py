"""Decides piece by piece whether the fast reader reads a sheet exactly; collects the styles that it does not give."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wdh.facts.cells import column_index
from wdh.settings import Limits
from wdh.words.language import later
from wdh.workbook.package.contents import Contents
from wdh.workbook.package.local_names import find_foreign_strings
from wdh.workbook.survey.outlines import Parted
from wdh.workbook.survey.style_runs import MOST_RUNS, StyleRuns

ESCAPE = re.compile(rb"_x([0-9A-Fa-f]{4})_")
# No search goes past the next <: one that looks further takes the square of the piece in time where a file is hostile.
_USUAL_CELL = re.compile(rb'<c r="[A-Z]{1,2}\d{1,7}"(?: s="\d{1,5}")?(?: t="(?:s|n|b|str|inlineStr)")? ?/?>')
"""The tag of a cell as writers write it, with r, s and t in this order, and neither an error nor a date in text."""
_CELL = re.compile(rb"<c(?=[\s/>])")
_SIZE = rb"([A-Z]{1,9})[1-9]\d{0,8}"
_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<[\w]")
_DIMENSION = re.compile(
    rb"""<(?:[\w.-]{1,100}:)?dimension\s[^<>]*?ref\s*=\s*["']%b(?::%b)?["']""" % (_SIZE, _SIZE),
)
_DECLARATION = b"<?xml"
_ODD_MARKS = (b"<!", b"='", b":row", b":c ", b"<row/")
_LOOSE_BLANK = re.compile(rb'<t(?:\s(?!xml:space="preserve">)|>(?:\s|[^<]*(?:\s</|&#)))')
"""An outer blank that no mark keeps; also a text with a character by its number, which may be a blank, or with another
mark."""
_CUT_TEXT = re.compile(rb"[^<]+</t>")
"""The rest of a text that was cut behind a /> or a row> in it, at the start of a piece: no writer leaves those bare."""
_UNCACHED = (re.compile(rb"</f>(?!<v>[^<])"), re.compile(rb"<f\b[^<>]*/>(?!<v>[^<])"))
_FAR = re.compile(rb' r="([A-Za-z]{3,})[0-9]')
_A_FORMULA = rb"<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)\s*"
_FORMULA = rb"\s*(?:%b)?" % _A_FORMULA
_ZERO = rb"<v>-?(?:0+\.?0*|\.0+)(?:[eE][-+]?\d+)?</v>"
_STORED_ZERO = re.compile(_A_FORMULA + _ZERO)
_EDGE = rb"<v>(?:[-\s]|0?\.99999|\d{7}|[^<]*[eE])"
_ERROR = rb"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA)"
_NUMBER = rb"-?(?:\d{1,18}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"


def _known_cells(formula: bytes) -> re.Pattern[bytes]:
    """Write all forms of a cell that the fast reader reads exactly, its attributes in any order."""
    mark = rb'(?: (?:r="[A-Z]{1,3}\d{1,7}"|s="\d{1,5}"|[cv]m="\d{1,9}"|ph="[01]"))*'
    text = rb'<t(?: xml:space="preserve")?(?:/>|>[^<]*</t>)\s*'
    runs = rb"<r>\s*(?:<rPr>(?:<(?!/rPr>)[^<>]*>\s*)*</rPr>\s*|<rPr/>\s*)?%b</r>\s*" % text
    hints = rb"(?:<rPh\s[^<>]*>\s*%b</rPh>\s*)*(?:<phoneticPr\s[^<>]*/>\s*)?" % text
    forms = (
        rb'(?: t="(?:s|n|b|str|inlineStr)")?%b ?(?:/>|>\s*</c>)' % mark,
        rb'(?: t="n")?%b ?>%b<v>%b</v>\s*</c>' % (mark, formula, _NUMBER),
        rb' t="s"%b ?>%b<v>\d{1,9}</v>\s*</c>' % (mark, formula),
        rb' t="b"%b ?>%b<v>\d</v>\s*</c>' % (mark, formula),
        rb' t="e"%b ?>%b<v>%b</v>\s*</c>' % (mark, formula, _ERROR),
        rb' t="str"%b ?>%b<v(?: xml:space="preserve")?>[^<]+</v>\s*</c>' % (mark, formula),
        rb' t="inlineStr"%b ?>\s*<is>\s*(?:%b|(?:%b)+)%b</is>\s*</c>' % (mark, text, runs, hints),
    )
    return re.compile(rb"<c%b(?:%b)" % (mark, b"|".join(forms)))


_KNOWN_CELLS = {True: _known_cells(_FORMULA), False: _known_cells(rb"\s*(?:%b(?!%b))?" % (_A_FORMULA, _ZERO))}
"""By whether stored results of formulas can be trusted: without a calculation, a stored 0 is no result."""


class Exactness:
    """The findings about a sheet. Every search is wider than what it looks for: an odd sheet goes to the exact reader.

    ``unfit`` says why the fast reader would not read the sheet exactly; None: it would. ``runs`` are the cells whose
    format can change what they show; ``is_styled``: runs do not tell all of them.
    """

    def __init__(self, contents: Contents, limits: Limits, *, is_below_head: bool = False) -> None:
        styles = contents.styles
        self._limits = limits
        self._known_cells = _KNOWN_CELLS[contents.is_calculated]
        self._uncached = _UNCACHED if contents.is_calculated else (*_UNCACHED, _STORED_ZERO)
        self._in_head = not is_below_head
        self._cells = 0
        self.is_styled = False
        self.runs = StyleRuns()
        telling = styles.needed | styles.dates | styles.disputed
        self.unfit = later("its cells without a style have a number format") if 0 in telling else None
        self._styled = _style_search(styles.needed, rest=rb'"')
        self._eastern = _style_search(styles.eastern, rest=rb'"')
        self._telling = _style_search(styles.telling | styles.texting, rest=rb'"')
        self._telling_cells = _cell_search(styles.telling | styles.texting)
        self._disputed = _style_search(styles.disputed, rest=rb'"')
        self._edge_dates = _style_search(styles.dates, rest=rb'"[^<>]{0,300}>' + _FORMULA + _EDGE)

    def judge(self, piece: bytes, parted: Parted) -> None:
        """Judge whether the fast reader reads a piece exactly, and collect the styles that it does not give."""
        odd = parted.odd
        is_usual = len(_USUAL_CELL.findall(odd)) == odd.count(b"<c")
        if not self.is_styled:
            self._scan_styles(piece, odd=odd, is_usual=is_usual)
        if self.unfit is None:
            self.unfit = self._find_unfit(piece, parted, is_usual=is_usual)

    def join(self, runs: StyleRuns, *, is_styled: bool, unfit: str | None) -> None:
        """Add the findings of the rows below."""
        self.runs.join(runs)
        self.is_styled |= is_styled or self.runs.size > MOST_RUNS
        self.unfit = self.unfit or unfit

    def _scan_styles(self, piece: bytes, *, odd: bytes, is_usual: bool) -> None:
        """Keep the styles that change what cells show. Runs miss those of cells in an unusual form."""
        if self._eastern and self._eastern.search(piece):
            self.is_styled = True
        if self._telling and self._telling_cells:
            self.runs.add(self._telling_cells.findall(piece))
            missed = not is_usual and len(self._telling_cells.findall(odd)) != len(self._telling.findall(odd))
            self.is_styled |= missed or self.runs.size > MOST_RUNS

    def _find_unfit(self, piece: bytes, parted: Parted, *, is_usual: bool) -> str | None:
        if self._in_head:
            self._in_head = False
            if (fault := _find_odd_head(piece, self._limits)) is not None:
                return fault
        if self._is_crowded(piece, parted.cells):
            return later("it has a row of very many cells")
        if self._disputed and self._disputed.search(piece):
            return later("it has number formats that may be dates or not")
        if self._edge_dates and self._edge_dates.search(piece):
            return later("it has dates at the edge of the calendar")
        return self._find_unfit_cells(parted.odd, is_usual=is_usual)

    def _find_unfit_cells(self, odd: bytes, *, is_usual: bool) -> str | None:
        if any(mark in odd for mark in _ODD_MARKS) or b"<?" in odd.removeprefix(_DECLARATION):
            return later("its XML is written in an unusual way")
        if len(self._known_cells.findall(odd)) != len(_CELL.findall(odd)):
            return _tell_unknown(odd, self._uncached)
        if not is_usual and self._is_far(odd):
            return later("it has cells far to the right")
        return _find_odd_text(odd)

    def _is_crowded(self, piece: bytes, cells: int) -> bool:
        """Say whether a row has more cells than a sheet has columns, which the fast reader would take in.

        ``cells`` are at least as many as there are in the piece.
        """
        if self._cells + cells <= self._limits.row_cells:  # so few in the whole piece
            self._cells = 0 if piece.endswith(b"</row>") else self._cells + cells
            return False
        first, *others = piece.split(b"</row>")
        seen = self._cells + _count_cells(first)
        self._cells = _count_cells(others[-1]) if others else seen
        most = self._limits.row_cells
        return seen > most or any(len(part) > 4 * most and _count_cells(part) > most for part in others)

    def _is_far(self, piece: bytes) -> bool:
        """Say whether cells lie where the fast reader would make its rows too wide: it fills them up to there."""
        far = _FAR.findall(piece)
        return bool(far) and (
            bool(self._styled) or any(column_index(name.decode()) >= self._limits.columns for name in {*far})
        )

    def judge_strings(self, text: bytes, codes: set[bytes]) -> None:
        """Judge whether the fast reader reads some shared strings exactly; ``codes`` are their escapes so far."""
        if self.unfit is None:
            self.unfit = _find_unfit_strings(text, codes)


def _tell_unknown(odd: bytes, uncached: Iterable[re.Pattern[bytes]]) -> str:
    """Say why the fast reader may misread cells of which some have a form that it does not know."""
    if any(search.search(odd) for search in uncached):
        return later("a formula may lack its stored result")
    if b't="e"' in odd:
        return later("it has error values of newer kinds, or other cells that are written in an unusual way")
    if b't="d"' in odd:
        return later("it has dates written as text (ISO 8601)")
    return later("a value is written in an unusual way")


def _find_odd_text(odd: bytes) -> str | None:
    if b"_x" in odd and ESCAPE.search(odd):
        return later("it has escaped characters in cells")
    if _CUT_TEXT.match(odd) or _LOOSE_BLANK.search(odd):  # though the cell may have begun before the cut
        return later("it has outer blanks in cells that are not marked as kept")
    return None


def _find_odd_head(piece: bytes, limits: Limits) -> str | None:
    if _START.match(piece) is None:
        return later("its XML is written in an unusual way")
    size = _DIMENSION.search(piece)
    if size is None and b"dimension" in piece:
        return later("its size is written in an unusual way")
    if (
        size is not None
        and max(*(column_index(name.decode()) for name in (size[1], size[2] or size[1]))) >= limits.columns
    ):
        return later("it claims to be far too wide")
    return None


def _find_unfit_strings(text: bytes, codes: set[bytes]) -> str | None:
    if b"<!" in text:
        return later("its strings are written in an unusual way")
    if (fault := find_foreign_strings(text)) is not None:
        return fault
    if any(int(code, 16) > 0x1F and int(code, 16) != 0x5F for code in codes):
        return later("its strings have escaped characters")
    if _LOOSE_BLANK.search(text):
        return later("its strings have outer blanks that are not marked as kept")
    return None


def _count_cells(text: bytes) -> int:
    return text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/")


def _style_search(styles: frozenset[int], *, rest: bytes) -> re.Pattern[bytes] | None:
    if not styles:
        return None
    return re.compile(rb' s="' + _any_of(map(str, styles)).encode() + rest)


def _cell_search(styles: frozenset[int]) -> re.Pattern[bytes] | None:
    if not styles:
        return None
    return re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(' + _any_of(map(str, styles)).encode() + rb')"')


def _any_of(words: Iterable[str]) -> str:
    """Write an expression for any of the words, as a tree: an alternation of 65,000 styles would try each in turn."""
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[:1], []).append(word[1:])
    heads: dict[str, str] = {}
    for head in sorted(filter(None, tails)):
        tail = _any_of(tails[head])
        heads[tail] = heads.get(tail, "") + head
    branches = "|".join(f"[{head}]{tail}" for tail, head in heads.items())
    return f"(?:{branches}){'?' if '' in tails else ''}" if branches else ""
