"""One cheap look over the raw XML of a sheet before it is read: what it needs, and whether the fast reader can do it.

The look searches bytes and knows nothing of XML beyond that; every search is wider than what it looks for, so that
an odd file costs time (it goes to the slower, exact reader) and never a value.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.workbook.guard import check_marked, read_chunks
from wdh.workbook.merges import Area
from wdh.workbook.package import Contents, SheetPart
from wdh.workbook.style_runs import MOST_RUNS, StyleRuns

# No search goes past the next <: one that looks further takes the square of the piece in time where a file is hostile.
_ROW = re.compile(rb"<row((?:[\s/][^<>]*)?)>")
_PREFIXED_ROW = re.compile(rb"<[\w.-]{1,100}:row((?:[\s/][^<>]*)?)>")
_USUAL_ROW = re.compile(rb'<row r="(\d{1,7})"([^<>=]*(?:="[^"<>]*"[^<>=]*)*)>')
_USUAL_CELL = re.compile(rb'<c r="[A-Z]{1,2}\d{1,7}"(?: s="\d{1,5}")?(?: t="(?:s|n|b|str|inlineStr)")? ?/?>')
"""A cell as writers write it, with r, s and t in this order, and neither an error nor a date in text."""
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true|on)["']""")
_MERGE = re.compile(
    rb"""<(?:[\w.-]{1,100}:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Za-z]+)(\d+)(?::([A-Za-z]+)(\d+))?["']"""
)
_DIMENSION = re.compile(
    rb"""<(?:[\w.-]{1,100}:)?dimension\s[^<>]*?ref\s*=\s*["']([A-Z]{1,9})\d+(?::([A-Z]{1,9})\d+)?["']"""
)
_ESCAPE = re.compile(rb"_x([0-9A-Fa-f]{4})_")
_LOOSE_BLANK = re.compile(rb"<t>(?:\s|[^<]*\s</)")
_UNCACHED = (re.compile(rb"</f>(?!<v>[^<])"), re.compile(rb"<f\b[^<>]*/>(?!<v>[^<])"))
_ODD_NUMBER = re.compile(rb'"><v>(?:[^-0-9.#]|-?\d{19})')
_LONG_TAG = re.compile(rb"<c\s[^<>]{300}")
_FAR = re.compile(rb' r="([A-Za-z]{3,})[0-9]')
_ERROR = re.compile(rb't="e"[^<>]{0,300}>(?:<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?<v>([^<]*)</v>')
_ERRORS = frozenset((b"#NULL!", b"#DIV/0!", b"#VALUE!", b"#REF!", b"#NAME?", b"#NUM!", b"#N/A", b"#GETTING_DATA"))
_STRING_ENDS = (b"</t>", b":t>", b"</si>", b"<si/>")
_PIECE = 1 << 19  # holds fewer cells than one row may have, so that rows need not be told apart
_LETTERS = 26
_DIGITS = 9  # of a row, letters of a column: past the end of any sheet, and no long sum


@dataclass(frozen=True, slots=True)
class Survey:
    """What one sheet needs of its reader.

    ``hidden`` are the row numbers of hidden or filtered rows, rising. ``runs`` are the cells whose format can change
    what they show. ``styled``: cells must be read with their styles, as runs do not tell all. ``unfit`` says why the
    fast reader would not read the sheet exactly; None when it would.
    """

    hidden: array[int]
    areas: tuple[Area, ...]
    runs: StyleRuns
    styled: bool
    escaped_strings: bool
    unfit: str | None


def survey_sheet(
    path: Path, package: zipfile.ZipFile, contents: Contents, sheet: SheetPart, *, limits: Limits, is_fast: bool
) -> Survey:
    """Look over a sheet and the strings of its workbook. DataError when its rows are out of order or past the end.

    Where not ``is_fast``, only rows and merged ranges are looked for: openpyxl needs no more.
    """
    look = _Look(path, contents, sheet, limits)
    with contextlib.closing(read_chunks(path, package, sheet.member, size=_PIECE)) as chunks:
        for piece in _pieces(_marked(path, sheet.member, chunks), limits=limits):
            look.take(piece)
            if is_fast:
                look.judge(piece)
    escaped = look.take_strings(package)
    return Survey(
        look.hidden, tuple(look.areas), look.runs, styled=look.styled, escaped_strings=escaped, unfit=look.unfit
    )


def _pieces(chunks: Iterator[bytes], *, limits: Limits) -> Iterator[bytes]:
    """Cut the stream where a row or a merged range ends, so that nothing looked for lies across a cut."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        end = max(rest.rfind(b"row>"), rest.rfind(b"/>"))
        if end >= 0 or len(rest) > limits.row_bytes:
            cut = (end + 4 if rest[end : end + 1] == b"r" else end + 2) if end >= 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _marked(path: Path, member: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        check_marked(path, member, chunk)
        yield chunk


class _Look:
    """The state of one look: what was seen so far."""

    def __init__(self, path: Path, contents: Contents, sheet: SheetPart, limits: Limits) -> None:
        self._path, self._contents, self._sheet, self._limits = path, contents, sheet, limits
        self._row = 0
        self._in_head = True
        self._cells = 0
        self.hidden = array("L")
        self.areas: list[Area] = []
        self.styled = False
        self.runs = StyleRuns()
        self.unfit: str | None = None
        self._styled = _style_search(contents.styles.needed, rest=rb'"')
        self._eastern = _style_search(contents.styles.eastern, rest=rb'"')
        self._telling = _style_search(contents.styles.telling, rest=rb'"')
        self._telling_cells = _cell_search(contents.styles.telling)
        self._edge_dates = _style_search(
            contents.styles.dates, rest=rb'"[^<>]{0,300}><v>(?:-|0?\.99999|\d{7}|[^<]*[eE])'
        )

    def take(self, piece: bytes) -> None:
        """Look over a piece of the sheet that ends where a row or an element ends."""
        self._take_rows(piece)
        if b"mergeCell" in piece:
            self._take_areas(piece)

    def judge(self, piece: bytes) -> None:
        """Look whether the fast reader would read a piece exactly, and for the styles that it does not tell."""
        is_usual = len(_USUAL_CELL.findall(piece)) == piece.count(b"<c")
        if not self.styled:
            self._take_styles(piece, is_usual=is_usual)
        if self.unfit is None:
            self.unfit = self._find_unfit(piece, is_usual=is_usual)

    def _take_rows(self, piece: bytes) -> None:
        rows = _USUAL_ROW.findall(piece)
        numbers = [int(number) for number, _ in rows]
        # One row after the other, all written in the usual way: as it nearly always is.
        if rows and piece.count(b"<row") == len(rows) and numbers == [*range(self._row + 1, numbers[-1] + 1)]:
            self._row = self._within(numbers[-1])
            self._take_hidden(rows)
            return
        search = _PREFIXED_ROW if b":row" in piece else _ROW
        for attributes in search.findall(piece):
            number = _NUMBER.search(attributes)
            row = int(number[1][:_DIGITS]) if number else self._row + 1
            self._row = self._within(row)
            self._take_hidden([(row, attributes)])

    def _take_hidden(self, rows: Iterable[tuple[bytes | int, bytes]]) -> None:
        self.hidden.extend(
            int(row) for row, attributes in rows if b"hidden" in attributes and _HIDDEN.search(attributes)
        )

    def _within(self, row: int) -> int:
        """Give the number of the next row. Raises DataError where it is not past the last one, or past the end."""
        if row <= self._row or row > self._limits.rows:
            raise self._disorder(row)
        return row

    def _disorder(self, row: int) -> DataError:
        place = f"{self._path.name}, sheet {self._sheet.name}: row {row}"
        facts = {"file": str(self._path), "sheet": self._sheet.name, "row": row}
        if row <= self._row:
            return DataError(f"{place} follows row {self._row}. Open it in Excel and save it again.", **facts)
        return DataError(f"{place} {past_last_row(self._limits)}", limit="rows", **facts)

    def _take_styles(self, piece: bytes, *, is_usual: bool) -> None:
        """Keep the styles that tell something. Of a cell that is written in an unusual way runs would miss it."""
        if self._eastern and self._eastern.search(piece):
            self.styled = True
        if self._telling and self._telling_cells:
            cells = self._telling_cells.findall(piece)
            self.runs.add(cells)
            missed = not is_usual and len(cells) != len(self._telling.findall(piece))
            self.styled |= missed or self.runs.size > MOST_RUNS

    def _take_areas(self, piece: bytes) -> None:
        for left, top, right, bottom in _MERGE.findall(piece):
            columns = sorted((_column(left), _column(right or left)))
            rows = sorted((int(top[:_DIGITS]), int((bottom or top)[:_DIGITS])))
            # No row reaches past the last column, so nor does what a range there shows.
            if columns[0] < self._limits.columns:
                self.areas.append(Area(top=rows[0], bottom=rows[1], left=columns[0], right=columns[1]))
        if len(self.areas) > self._limits.merged_areas:
            most = self._limits.merged_areas
            message = f"{self._path.name}, sheet {self._sheet.name}: has over {most} merged ranges. Unmerge them."
            raise DataError(message, file=str(self._path), sheet=self._sheet.name)

    def _find_unfit(self, piece: bytes, *, is_usual: bool) -> str | None:
        if self._in_head:
            self._in_head = False
            if (odd := _find_odd_head(piece, self._limits)) is not None:
                return odd
        if _is_odd(piece) or (not is_usual and _has_odd_tags(piece)):
            return "its XML is written in an unusual way"
        if self._is_crowded(piece):
            return "it has a row of very many cells"
        if not is_usual and self._is_far(piece):
            return "it has cells far to the right"
        if b"f" in piece and b"<f" in piece and any(search.search(piece) for search in _UNCACHED):
            return "a formula may lack its stored result"
        if _ODD_NUMBER.search(piece):
            return "a value is written in an unusual way"
        return self._find_unfit_kind(piece, is_usual=is_usual)

    def _is_crowded(self, piece: bytes) -> bool:
        """Say whether a row has more cells than a sheet has columns, which the fast reader would take in."""
        roughly = piece.count(b"<c")
        if self._cells + roughly <= self._limits.row_cells:  # so few in the whole piece
            self._cells = 0 if piece.endswith(b"</row>") else self._cells + roughly
            return False
        first, *others = piece.split(b"</row>")
        seen = self._cells + _count_cells(first)
        self._cells = _count_cells(others[-1]) if others else seen
        most = self._limits.row_cells
        return seen > most or any(len(part) > 4 * most and _count_cells(part) > most for part in others)

    def _is_far(self, piece: bytes) -> bool:
        """Say whether cells lie where the fast reader would make its rows too wide: it fills them up to there."""
        far = _FAR.findall(piece)
        return bool(far) and (bool(self._styled) or any(_column(name) >= self._limits.columns for name in {*far}))

    def _find_unfit_kind(self, piece: bytes, *, is_usual: bool) -> str | None:
        if not is_usual and b't="e"' in piece and not _ERRORS.issuperset(_ERROR.findall(piece)):
            return "it has error values of newer kinds"
        if not is_usual and b't="d"' in piece:
            return "it has dates written as text (ISO 8601)"
        if b"_" in piece and b"_x" in piece and _ESCAPE.search(piece):
            return "it has escaped characters in cells"
        if b"inlineStr" in piece and _LOOSE_BLANK.search(piece):
            return "it has outer blanks in cells that are not marked as kept"
        if self._edge_dates and self._edge_dates.search(piece):
            return "it has dates at the edge of the calendar"
        return None

    def take_strings(self, package: zipfile.ZipFile) -> bool:
        """Look over the shared strings, and say whether one has escaped characters."""
        member = self._contents.strings
        if member is None or member not in package.namelist():
            return False
        codes: set[bytes] = set()
        rest, seen = b"", 0
        for chunk in read_chunks(self._path, package, member):
            check_marked(self._path, member, chunk)
            seen += chunk.count(b"<si") + chunk.count(b":si")
            rest += chunk
            if seen > self._limits.strings or len(rest) > self._limits.row_bytes:
                raise self._too_many_strings(member, seen)
            codes.update(_ESCAPE.findall(rest), [b"005F"] if b"x005F_" in rest else [])
            if self.unfit is None:
                self.unfit = _find_unfit_strings(rest, codes)
            ends = ((rest.rfind(end), len(end)) for end in _STRING_ENDS)
            rest = rest[max((place + length for place, length in ends if place >= 0), default=0) :]
        return bool(codes)

    def _too_many_strings(self, member: str, seen: int) -> DataError:
        what = f"over {self._limits.strings} strings" if seen > self._limits.strings else "a string without an end"
        message = f"{self._path.name}: its part {member} has {what}; Excel never writes that. Do not trust it."
        return DataError(message, file=str(self._path), member=member)


def past_last_row(limits: Limits) -> str:
    """Say what is wrong with a row past the last one."""
    if limits.rows == Limits().rows:
        return f"is past the last row there can be ({limits.rows}). Open it in Excel and save it again."
    return f"is past the last row allowed ({limits.rows}). Shorten the sheet, or raise limits.rows in data_sources.yml."


def _find_odd_head(piece: bytes, limits: Limits) -> str | None:
    size = _DIMENSION.search(piece)
    if size is None and b"dimension" in piece:
        return "its size is written in an unusual way"
    if size is not None and max(_column(size[1]), _column(size[2] or size[1])) >= limits.columns:
        return "it claims to be far too wide"
    return None


def _find_unfit_strings(text: bytes, codes: set[bytes]) -> str | None:
    if b"<!" in text or (b"<si" not in text and b":si" in text):
        return "its strings are written in an unusual way"
    if any(int(code, 16) > 0x1F and int(code, 16) != 0x5F for code in codes):
        return "its strings have escaped characters"
    if _LOOSE_BLANK.search(text):
        return "its strings have outer blanks that are not marked as kept"
    return None


def _is_odd(piece: bytes) -> bool:
    # One byte that is rare is looked for at some ten times the speed of two that are not.
    return (
        (b"!" in piece and b"<!" in piece)
        or (b"'" in piece and b"='" in piece)
        or (b":" in piece and b":row" in piece)
        or (b"<row/" in piece)
    )


def _has_odd_tags(piece: bytes) -> bool:
    return b'= "' in piece or b' ="' in piece or _LONG_TAG.search(piece) is not None


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


def _column(letters: bytes) -> int:
    index = 0
    for letter in letters[:_DIGITS].upper():
        index = index * _LETTERS + letter - ord("A") + 1
    return index - 1
