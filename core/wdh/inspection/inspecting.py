"""Inspecting a sheet: one pass over its cells for the kinds, a second over its facts for keys and references."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from wdh.columns import Columns
from wdh.columns.totals import TotalRows, TotalWords
from wdh.errors import DataError
from wdh.facts import Batch, Facts, FactValue, Reject
from wdh.inspection.declaration import Declaration
from wdh.inspection.dependencies import Dependencies
from wdh.inspection.findings import Expected, FoundColumn, Inspection, LeftOut
from wdh.inspection.kinds import judge_kind
from wdh.inspection.names import database_name, name_table
from wdh.inspection.profile import Profile
from wdh.inspection.references import MOST_KEY_COLUMNS, find_references, key_columns, owned_columns
from wdh.inspection.scope import Scopes
from wdh.inspection.words import TOTALS
from wdh.settings import DEFAULT_LEDGER
from wdh.sql.identifiers import SYSTEM_COLUMNS
from wdh.workbook import Sheet, Workbook, open_sheet
from wdh.workbook.headers import is_unnamed

_SAMPLES: Final = 3
_SHOWN_REJECTS: Final = 20
_MOST_DISTINCT: Final = 20_000
_SHAPES: Final = 3
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9,.]*%?")
_REPEATED: Final = re.compile(r"(?P<header>.+)#[0-9]+", re.DOTALL)


def inspect_sheet(path: Path, *, sheet: str | int | None = None) -> Inspection:
    """Look at a sheet and propose a domain for it. ``sheet`` None: the first visible one with a header and rows.

    Reads the sheet twice, in batches. Raises DataError where the workbook, or the sheet, cannot be read, has no
    header, or no rows.
    """
    with Workbook(path) as book:
        sheets = book.sheets
        wanted, passed_over = (sheet, ()) if sheet is not None else _choose_sheet(book)
    look = _look(path, wanted)
    columns, left_out = _declare(look)
    if not columns:
        raise DataError(f"{path.name}, sheet {look.sheet}: no column can be proposed. {_list_left_out(left_out)}")
    left_out += [LeftOut(letter, "", "has values and no header") for letter in look.unnamed]
    reading = _read(path, wanted, columns=columns)
    found = tuple(_complete(one, reading) for one in columns)
    scope = reading.scopes.choose(found)
    table = name_table(look.sheet, path.stem, taken=(DEFAULT_LEDGER.table,))
    return Inspection(
        file=path.name,
        sheet=look.sheet,
        table=table,
        sheets=sheets,
        header_row=look.header_row,
        rows=look.rows,
        facts=reading.facts,
        totals=reading.totals,
        blank=look.blank,
        hidden=look.hidden,
        columns=tuple(_require(one, scope.columns) for one in found),
        left_out=tuple(left_out),
        expected=Expected(len(reading.rejected), reading.cells, tuple(reading.rejects)),
        scope=scope,
        references=find_references(found, reading.dependencies, facts_table=table),
        remarks=(*passed_over, *_remarks(found, reading)),
    )


@dataclass(slots=True)
class _Look:
    """What the first pass saw."""

    sheet: str
    header_row: int
    profiles: dict[str, Profile]
    rows: int = 0
    blank: int = 0
    hidden: int = 0
    unnamed: dict[str, None] = field(default_factory=dict)
    disagreeing: set[str] = field(default_factory=set)


def _choose_sheet(book: Workbook) -> tuple[str | int, Sequence[str]]:
    """Take the first sheet that can be inspected, and say which were passed over. Where none can: the first."""
    passed_over: list[str] = []
    for name in book.sheets:
        try:
            with book.open_sheet(name) as sheet:
                _check_header(sheet)
        except DataError as error:
            passed_over.append(f"passed over: {error.message}")
        else:
            return name, passed_over
    return 0, ()


def _check_header(sheet: Sheet) -> None:
    if sum(_NUMBER.fullmatch(header) is not None for header in sheet.headers) * 2 <= len(sheet.headers):
        return
    raise DataError(
        f"{sheet.file}, sheet {sheet.sheet}: has no header. Row {sheet.header_row} was taken for it, and most of its "
        f"names are numbers: {', '.join(sheet.headers[:8])}. Put a row with the columns' names above.",
        file=sheet.file,
        sheet=sheet.sheet,
        row=sheet.header_row,
    )


def _look(path: Path, wanted: str | int) -> _Look:
    with open_sheet(path, sheet=wanted) as sheet:
        _check_header(sheet)
        look = _Look(sheet.sheet, sheet.header_row, {})
        totals = TotalRows(TotalWords.of(TOTALS))
        for batch in sheet.batches():
            _look_at(batch, look, totals)
    return look


def _find_totals(batch: Batch, totals: TotalRows) -> set[int]:
    """Find the rows with any cell that ends with a total word: which columns name things is not known yet."""
    found: set[int] = set()
    for cells in batch.columns.values():
        ending, _ = totals.judge(cells)
        found.update(index for index, cell in enumerate(cells) if ending and cell in ending)
    return found


def _look_at(batch: Batch, look: _Look, totals: TotalRows) -> None:
    look.rows += len(batch)
    look.blank += batch.blank
    look.hidden += batch.hidden
    left_out = _find_totals(batch, totals)
    kept = [index for index in range(len(batch)) if index not in left_out]
    for header, cells in batch.columns.items():
        letter = batch.letters[header]
        if is_unnamed(header):
            look.unnamed[letter] = None
            continue
        if header not in look.profiles:
            look.profiles[header] = Profile(header, letter)
        formats = batch.formats.get(header)
        profile = look.profiles[header]
        if left_out:
            formats = None if formats is None else [formats[index] for index in kept]
            profile.take([cells[index] for index in kept], formats)
        else:
            profile.take(cells, formats)
        first = _repeated(header, batch.columns)
        if first is not None and any(
            one != other for one, other in zip(cells, batch.columns[first], strict=True) if one is not None
        ):
            look.disagreeing.add(first)


def _repeated(header: str, headers: Container[str]) -> str | None:
    """Give the header that this column has a second time (``X`` for ``X#2``); None: it has its own."""
    found = _REPEATED.fullmatch(header)
    return found["header"] if found is not None and found["header"] in headers else None


def _declare(look: _Look) -> tuple[list[FoundColumn], list[LeftOut]]:
    columns: list[FoundColumn] = []
    left_out: list[LeftOut] = []
    for profile in look.profiles.values():
        name = database_name(profile.header, [*SYSTEM_COLUMNS, *(one.name for one in columns)])
        reason = _leave_out(profile.header, look, name=name)
        if reason is not None or name is None:
            left_out.append(LeftOut(profile.letter, profile.header, reason or ""))
        else:
            columns.append(_declare_column(profile, name))
    return columns, left_out


def _leave_out(header: str, look: _Look, *, name: str | None) -> str | None:
    first = _repeated(header, look.profiles)
    if header in look.disagreeing:
        return "its header occurs again, and the columns disagree: rename one of them"
    if first is not None:
        return f"it repeats the header {first}"
    return None if name is not None else "PostgreSQL takes no name like its header"


def _declare_column(profile: Profile, name: str) -> FoundColumn:
    judgement = judge_kind(profile)
    options, evidence = judgement.options, judgement.evidence
    if name != profile.header:
        options = {"source": profile.header, **options}
        evidence = (*evidence, "PostgreSQL takes its header for no column's name, or not whole: 63 bytes")
    shapes = tuple(sorted(profile.shapes, key=lambda shape: (-profile.shapes[shape], shape))[:_SHAPES])
    return FoundColumn(
        Declaration(name, judgement.kind, options),
        profile.header,
        profile.letter,
        evidence,
        shapes=shapes if judgement.kind == "code" else (),
    )


@dataclass(slots=True)
class _Reading:
    """What the second pass made of the rows with the proposed columns."""

    dependencies: Dependencies
    scopes: Scopes
    facts: int = 0
    totals: int = 0
    cells: int = 0
    rejected: set[int] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)
    blanks: dict[str, int] = field(default_factory=dict)
    distinct: dict[str, set[FactValue] | None] = field(default_factory=dict)
    samples: dict[str, list[FactValue]] = field(default_factory=dict)

    def take(self, facts: Facts) -> None:
        """Take in the facts of a batch."""
        self.facts += len(facts)
        self.totals += facts.totals
        self.cells += len(facts.rejects)
        self.rejected.update(reject.row for reject in facts.rejects)
        self.rejects += facts.rejects[: _SHOWN_REJECTS - len(self.rejects)]
        for name, values in facts.columns.items():
            self._count(name, values)
        self.dependencies.take(facts.columns, facts.row_numbers)
        self.scopes.take(facts.columns, len(facts))

    def _count(self, name: str, values: Sequence[FactValue]) -> None:
        self.blanks[name] = self.blanks.get(name, 0) + values.count(None)
        samples = self.samples.setdefault(name, [])
        if len(samples) < _SAMPLES:
            fresh = [value for value in dict.fromkeys(values) if value is not None and value not in samples]
            samples += fresh[: _SAMPLES - len(samples)]
        seen = self.distinct.setdefault(name, set())
        if seen is not None:
            seen.update(values)
            if len(seen) > _MOST_DISTINCT:
                self.distinct[name] = None


def _read(path: Path, wanted: str | int, *, columns: Sequence[FoundColumn]) -> _Reading:
    reader = Columns(*(found.declaration.column() for found in columns), totals=TOTALS)
    reading = _Reading(Dependencies(key_columns(columns), owned_columns(columns)), Scopes(columns))
    with open_sheet(path, sheet=wanted) as sheet:
        for batch in sheet.batches():
            reading.take(reader.clean(batch))
    return reading


def _complete(found: FoundColumn, reading: _Reading) -> FoundColumn:
    seen = reading.distinct.get(found.name, set())
    blanks = reading.blanks.get(found.name, 0)
    return replace(
        found,
        cells=reading.facts - blanks,
        blanks=blanks,
        distinct=None if seen is None else len(seen - {None}),
        samples=tuple(reading.samples.get(found.name, ())),
    )


def _require(found: FoundColumn, scope: Sequence[str]) -> FoundColumn:
    """Require the columns of the delete scope: a row without one of them belongs to no scope."""
    if found.name not in scope or found.blanks:
        return found
    evidence = (*found.evidence, "required: it is part of the delete scope, and none is blank")
    return replace(found, declaration=found.declaration.having(required=True), evidence=evidence)


def _remarks(found: Sequence[FoundColumn], reading: _Reading) -> Iterable[str]:
    headers: Mapping[str, str] = {one.header: one.kind for one in found}
    if "年" in headers and "月" in headers and "month" not in headers.values():
        yield "年 and 月 stand in two columns: a domain with a transform of its own can make one month of them"
    able = sum(one.kind in ("code", "text") for one in found)
    if able > MOST_KEY_COLUMNS:
        yield f"{MOST_KEY_COLUMNS} of {able} codes and texts were looked at as keys of references"
    for name in reading.dependencies.given_up:
        yield f"{name} has too many values to be looked at as a key"


def _list_left_out(left_out: Sequence[LeftOut]) -> str:
    return "; ".join(f"{one.letter} {one.header}: {one.reason}" for one in left_out) + "."
