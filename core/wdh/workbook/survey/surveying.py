"""Scans the raw XML of a sheet before it is read: what it needs, and whether the fast reader reads it exactly.

The survey searches bytes and does not parse XML. Every search is wider than its target, so that an odd file costs time
(the slower, exact reader reads it) and never a value.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from wdh.errors import DataError
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.package.archive import Archive, open_archive
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.guard import check_marked, read_chunks
from wdh.workbook.package.well_formed import STRINGS, WellFormed
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.exactness import ESCAPE, Exactness
from wdh.workbook.survey.excerpt import Excerpt
from wdh.workbook.survey.outlines import Outlines
from wdh.workbook.survey.row_scan import USUAL_ROW, RowScan
from wdh.workbook.survey.shares import kept_between, scanned_from
from wdh.workbook.survey.style_runs import StyleRuns

_STRING_ENDS = (b"</t>", b":t>", b"</si>", b"<si/>")


class Survey(Struct, frozen=True):
    """The needs of one sheet.

    ``hidden`` are the row numbers of hidden or filtered rows, rising; ``hidden_columns`` are ranges of columns from 0.
    ``runs`` are the cells whose format can change what they show. ``styled``: cells must be read with their styles, as
    runs do not tell all. ``unfit`` says why the fast reader would not read the sheet exactly; None when it would.
    ``last_row`` is the number of its last row, 0 where there is none. ``kept`` are the rows of the excerpts that were
    written meanwhile, one of each lower part; empty: there is none.
    """

    hidden: array[int]
    areas: tuple[Area, ...]
    runs: StyleRuns
    styled: bool
    unfit: str | None
    hidden_columns: tuple[range, ...]
    last_row: int
    kept: tuple[range, ...] = ()


def no_survey() -> Survey:
    """Give the survey of a sheet that has nothing but cells."""
    return Survey(array("I"), (), StyleRuns(), False, None, (), 0)


class ScannedPart(Struct, frozen=True):
    """The scan of the rows of a lower part of a sheet, from row ``first`` to ``last``.

    ``kept`` are the rows of the excerpt that was written meanwhile; empty: there is none.
    """

    first: int
    last: int
    hidden: array[int]
    areas: list[Area]
    runs: StyleRuns
    styled: bool
    unfit: str | None
    kept: range


def survey_sheet(
    path: Path,
    package: Archive,
    contents: Contents,
    sheet: SheetPart,
    *,
    limits: Limits,
    seeks_proof: bool,
    lower: Sequence[Callable[[], ScannedPart | None]] = (),
) -> Survey:
    """Scan a sheet and the strings of its workbook. DataError when its rows are out of order or past the end.

    Where not ``seeks_proof``, only rows and merged ranges are looked for: openpyxl needs no more. ``lower`` give what
    other processes saw of the lower parts; each is called once. Where one gives None, or a part that does not follow
    the one above it, all is scanned here.
    """
    scan = RowScan(path, sheet, limits, has_styles=contents.has_styles)
    exactness, outlines = Exactness(contents, limits), Outlines(trusted=contents.is_calculated)
    form = WellFormed()
    own, kept = scanned_from(1, len(lower) + 1), tuple[range, ...]()
    with contextlib.closing(sheet_pieces(path, package, sheet, limits)) as pieces:
        for piece, share in pieces:
            if seeks_proof:
                _scan_piece(piece, scan, exactness, outlines=outlines, form=form)
            else:
                scan.scan(piece, odd=piece)
            if share > own and lower:
                found, lower = _follow(scan.row, [wait() for wait in lower]), ()
                for part in found:
                    scan.join(part.last, hidden=part.hidden, areas=part.areas)
                    exactness.join(part.runs, is_styled=part.styled, unfit=part.unfit)
                if found:
                    kept = tuple(part.kept for part in found)
                    form.end_among_rows()
                    break
        else:
            form.end()
    for wait in lower:
        wait()
    _scan_strings(path, package, contents, limits=limits, exactness=exactness)
    return Survey(
        scan.hidden,
        tuple(scan.areas),
        exactness.runs,
        styled=exactness.is_styled,
        unfit=exactness.unfit or scan.unfit or form.fault,
        hidden_columns=tuple(scan.hidden_columns),
        last_row=scan.row,
        kept=kept,
    )


def _follow(row: int, parts: Sequence[ScannedPart | None]) -> Sequence[ScannedPart]:
    """Give the lower parts of a sheet that was scanned down to this row; none, where one is missing or out of order."""
    found: list[ScannedPart] = []
    for part in parts:
        if part is None or part.first <= row:
            return ()
        found.append(part)
        row = part.last
    return found


def scan_part(
    path: Path, contents: Contents, sheet: SheetPart, limits: Limits, *, part: int, parts: int, excerpt: IO[bytes]
) -> ScannedPart | None:
    """Scan a lower part of a sheet, and write an excerpt of the rows that will be read as this part.

    None: the part does not begin in the usual way, or not at all. Raises any error of a damaged file: the process that
    scans the uppermost part must then scan this one, too.
    """
    scan, first, above = RowScan(path, sheet, limits, has_styles=contents.has_styles), 0, 0.0
    exactness, outlines = Exactness(contents, limits, is_below_head=True), Outlines(trusted=contents.is_calculated)
    form, (begin, end) = WellFormed(), (scanned_from(part, parts), scanned_from(part + 1, parts))
    with (
        open_archive(path, most=limits.parts) as package,
        Excerpt(excerpt, package, sheet.member, between=kept_between(part, parts)) as kept,
        contextlib.closing(sheet_pieces(path, package, sheet, limits)) as pieces,
    ):
        for place, (piece, share) in enumerate(pieces):
            if place == 0:
                form.check(piece[: max(piece.find(b"<row"), 0)])
            if not first and above > begin:
                row = USUAL_ROW.match(piece)
                if row is None or not form.is_among_rows:
                    return None
                first = int(row[1])
                scan.start(first)
            if first:
                _scan_piece(piece, scan, exactness, outlines=outlines, form=form)
            kept.add(piece, above=above)
            above = share
            if first and share > end:
                form.end_among_rows()
                break
        else:
            form.end()
    if not first:
        return None
    return ScannedPart(
        first,
        scan.row,
        scan.hidden,
        scan.areas,
        exactness.runs,
        styled=exactness.is_styled,
        unfit=exactness.unfit or scan.unfit or form.fault,
        kept=kept.rows,
    )


def _scan_piece(piece: bytes, scan: RowScan, exactness: Exactness, *, outlines: Outlines, form: WellFormed) -> None:
    parted = outlines.part(piece)
    scan.scan(piece, odd=parted.odd)
    exactness.judge(piece, parted)
    if exactness.unfit is None and scan.unfit is None:
        form.check_rows(piece, parted.frame, scan.marks)


def _scan_strings(path: Path, package: Archive, contents: Contents, *, limits: Limits, exactness: Exactness) -> None:
    """Scan the shared strings for what the fast reader would misread."""
    member = contents.strings
    if member is None or member not in package.entries:
        return
    codes: set[bytes] = set()
    rest, seen = b"", 0
    form = WellFormed(STRINGS, leaf="t")
    for chunk in read_chunks(path, package, member):
        check_marked(path, member, chunk)
        seen += chunk.count(b"<si") + chunk.count(b":si")
        rest += chunk
        if seen > limits.strings or len(rest) > limits.row_bytes:
            told = {"name": path.name, "member": member, "most": limits.strings}
            message = (
                say(
                    "{name}: its part {member} has over {most} strings; Excel never writes that. Do not trust it.",
                    **told,
                )
                if seen > limits.strings
                else say(
                    "{name}: its part {member} has a string without an end; Excel never writes that. Do not trust it.",
                    **told,
                )
            )
            raise DataError(message, file=str(path), member=member)
        ends = ((rest.rfind(end), len(end)) for end in _STRING_ENDS)
        cut = max((place + length for place, length in ends if place >= 0), default=0)
        _judge_strings(rest[:cut], codes, exactness, form)  # whole strings: half a mark would look like none
        rest = rest[cut:]
    _judge_strings(rest, codes, exactness, form)
    form.end()
    exactness.unfit = exactness.unfit or form.fault


def _judge_strings(text: bytes, codes: set[bytes], exactness: Exactness, form: WellFormed) -> None:
    if exactness.unfit is None:
        form.check_strings(text)
    codes.update(ESCAPE.findall(text), [b"005F"] if b"x005F_" in text else [])
    exactness.judge_strings(text, codes)


_PIECE = 1 << 19  # holds fewer cells than one row may have, so that rows need not be told apart


def sheet_pieces(
    path: Path, package: Archive, sheet: SheetPart, limits: Limits
) -> Generator[tuple[bytes, float], None, None]:
    """Give the pieces of a sheet, and the share of it that ends with each: 0 where what ends there is no row."""
    seen = 0
    size = package.entries[sheet.member].size if sheet.member in package.entries else 0
    with contextlib.closing(read_chunks(path, package, sheet.member, size=_PIECE)) as chunks:
        for piece in _pieces(_marked(path, sheet.member, chunks), limits=limits):
            seen += len(piece)
            yield piece, seen / size if size and piece.endswith(b"</row>") else 0.0


def _pieces(chunks: Iterator[bytes], *, limits: Limits) -> Iterator[bytes]:
    """Cut the stream at the end of a row, or of an element where no row ends, so that no match lies across a cut."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        end = rest.rfind(b"row>")
        end = end if end >= 0 else rest.rfind(b"/>")
        if end >= 0 or len(rest) > limits.row_bytes:
            cut = (end + 4 if rest[end : end + 1] == b"r" else end + 2) if end >= 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _marked(path: Path, member: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        check_marked(path, member, chunk)
        yield chunk
