"""Inspects a sheet: its kinds, then its keys and references, and last the facts of a run with these proposals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import DataError
from wdh.inspection.dependencies import Dependencies
from wdh.inspection.findings import (
    Declaration,
    FoundColumn,
    FoundReference,
    FoundShape,
    Inspection,
    LeftOut,
    Scope,
)
from wdh.inspection.kinds import Judgement, judge_kind
from wdh.inspection.look import Look, look_at_sheets, repeated
from wdh.inspection.names import database_name, name_table
from wdh.inspection.profile import Profile
from wdh.inspection.reading import Source, Tally, read_facts
from wdh.inspection.references import MOST_KEY_COLUMNS, find_references, key_columns, owned_columns
from wdh.inspection.scope import Scopes
from wdh.inspection.shape import Page, find_shape, read_page
from wdh.settings import DEFAULT_LEDGER, TextFormat
from wdh.sql.identifiers import SYSTEM_COLUMNS
from wdh.words.language import say
from wdh.workbook import ReaderName, Workbook
from wdh.workbook.rows.headers import JOINT

_SHAPES: Final = 3
_SHOWN_ROWS: Final = 5


def inspect_workbook(
    path: Path, *, sheet: str | int | None = None, reader: ReaderName = "auto", text: TextFormat | None = None
) -> Inspection:
    """Look at a sheet in the shape that it has, and at others of its layout, and propose a domain for them.

    ``sheet`` names the one that is looked at, and then no other is; None: the first visible one with a header and rows.
    ``text`` says what is known of a file in text; what is not said is found. Raises DataError where the workbook, or
    the sheet, cannot be read, has no header, or no rows.
    """
    with Workbook(path, text=text or TextFormat()) as book:
        sheets, form = book.sheets, book.text
        page, passed_over = _choose_sheet(book, sheet, reader=reader)
        shape = find_shape(book, page, path=path, reader=reader, others=sheets if sheet is None else ())
    return _inspect(Source(path, page.sheet, reader, shape, form), sheets=sheets, passed_over=passed_over)


def inspect_sheet(
    path: Path, *, sheet: str | int | None = None, reader: ReaderName = "auto", text: TextFormat | None = None
) -> Inspection:
    """Look at a sheet as a plain table, otherwise as :func:`inspect_workbook` does."""
    with Workbook(path, text=text or TextFormat()) as book:
        sheets, form = book.sheets, book.text
        page, passed_over = _choose_sheet(book, sheet, reader=reader)
    return _inspect(Source(path, page.sheet, reader, text=form), sheets=sheets, passed_over=passed_over)


def _inspect(source: Source, *, sheets: Sequence[str], passed_over: Sequence[str]) -> Inspection:
    """Read the sheet three times, in batches.

    First for the kinds of its columns, then with these for keys and references, and last with what is proposed, so that
    what a run makes of it is known.
    """
    path = source.path
    look = look_at_sheets(source)
    columns, left_out = _declare(look, source.shape)
    shape = source.shape
    if shape.spare is not None and _says_month(columns, spare=shape.spare):
        columns = [one for one in columns if one.header != shape.spare]
        shape = shape.without_spare()
    if not columns:
        raise DataError(
            say(
                "{name}, sheet {sheet}: no column can be proposed. {left_out}",
                name=path.name,
                sheet=look.sheet,
                left_out=_list_left_out(left_out),
            )
        )
    left_out += [LeftOut(letter, "", say("has values and no header")) for letter in look.unnamed]
    source = replace(source, sheet=look.sheet, shape=shape)
    named = "Sheet" if source.text is not None else "" if shape.told else look.sheet
    table = name_table(named, path.stem, taken=(DEFAULT_LEDGER.table,))
    relations = _relate(source, columns, look, table=table)
    key = {*relations.scope.columns, *(reference.key for reference in relations.references)}
    tally = Tally()
    for facts in read_facts(source, relations.columns, key=key):
        tally.add(facts)
    return Inspection(
        file=path.name,
        sheet=look.sheet,
        table=table,
        sheets=tuple(sheets),
        text=source.text,
        header_row=look.header_row,
        rows=look.rows,
        facts=tally.facts,
        totals=tally.totals,
        blank=look.blank,
        hidden=look.hidden,
        columns=tuple(map(tally.complete, relations.columns)),
        left_out=tuple(left_out),
        expected=tally.expected,
        scope=relations.scope,
        references=relations.references,
        remarks=(*passed_over, *_tell_header(look), *_tell_rows(look), *_tell_columns(columns), *relations.remarks),
        shape=shape,
    )


class _Relations(Struct, frozen=True):
    columns: tuple[FoundColumn, ...]
    scope: Scope
    references: tuple[FoundReference, ...]
    remarks: tuple[str, ...]


def _relate(source: Source, columns: Sequence[FoundColumn], look: Look, *, table: str) -> _Relations:
    dependencies = Dependencies(key_columns(columns), owned_columns(columns))
    scopes = Scopes(columns, full=[one.name for one in columns if one.header in look.full], told=source.shape.told)
    tally = Tally()
    for facts in read_facts(source, columns, key=None):
        tally.add(facts)
        dependencies.add(facts.columns, facts.row_numbers)
        scopes.add(facts.columns, len(facts))
    found = tuple(map(tally.complete, columns))
    scope = scopes.choose(found)
    return _Relations(
        columns=tuple(_require(one, scope.columns, look) for one in found),
        scope=scope,
        references=find_references(found, dependencies, facts_table=table),
        remarks=tuple(
            say("{name} has too many values to be looked at as a key", name=name) for name in dependencies.given_up
        ),
    )


def _choose_sheet(book: Workbook, wanted: str | int | None, *, reader: ReaderName) -> tuple[Page, Sequence[str]]:
    """Read the sheet that is wanted, or else the first that can be inspected, and say which were passed over."""
    passed_over: list[str] = []
    for name in book.sheets if wanted is None else ():
        try:
            return read_page(book, name, reader=reader), passed_over
        except DataError as error:
            passed_over.append(say("passed over: {message}", message=error.message))
    return read_page(book, wanted or 0, reader=reader), ()


def _says_month(columns: Sequence[FoundColumn], *, spare: str) -> bool:
    """Say whether a column, or two of year and month apart, say the month of a row."""
    others = [one for one in columns if one.header != spare]
    return any(one.kind == "month" for one in others) or {"年", "月"} <= {one.header for one in others}


def _declare(look: Look, shape: FoundShape) -> tuple[list[FoundColumn], list[LeftOut]]:
    columns: list[FoundColumn] = []
    left_out: list[LeftOut] = []
    for profile in look.profiles.values():
        header = profile.header.replace(JOINT, "_") if profile.header in shape.headers else profile.header
        name = database_name(header, [*SYSTEM_COLUMNS, *(one.name for one in columns)])
        reason = _leave_out(profile.header, look, name=name)
        if profile.header in shape.left_out:
            reason = say("it sums up the columns side by side")
        if reason is not None or name is None:
            left_out.append(LeftOut(profile.letter, profile.header, reason or ""))
        else:
            columns.append(_declare_column(profile, name, declared=shape.declared.get(profile.header)))
    return columns, left_out


def _leave_out(header: str, look: Look, *, name: str | None) -> str | None:
    first = repeated(header, look.profiles)
    if header in look.disagreeing:
        return say("its header occurs again, and the columns disagree: rename one of them")
    if first is not None:
        return say("it repeats the header {first}", first=first)
    return None if name is not None else say("PostgreSQL takes no name like its header")


def _declare_column(profile: Profile, name: str, *, declared: Mapping[str, Any] | None) -> FoundColumn:
    judgement = judge_kind(profile)
    if declared is not None:
        options = {key: value for key, value in declared.items() if key != "kind"}
        judgement = Judgement(declared["kind"], options, (say("a month or a year, as it is written"),))
    options, evidence = judgement.options, judgement.evidence
    if name != profile.header:
        options = {"source": profile.header, **options}
    if name not in (profile.header, profile.header.replace(JOINT, "_")):
        evidence = (*evidence, say("PostgreSQL takes its header for no column's name, or not whole: 63 bytes"))
    shapes = tuple(sorted(profile.shapes, key=lambda shape: (-profile.shapes[shape], shape))[:_SHAPES])
    return FoundColumn(
        Declaration(name, judgement.kind, options),
        profile.header,
        profile.letter,
        evidence,
        shapes=shapes if judgement.kind == "code" else (),
        is_filled=profile.filled > 0,
        is_given=not profile.letter or ":" in profile.letter,
    )


def _require(found: FoundColumn, scope: Sequence[str], look: Look) -> FoundColumn:
    """Require the columns of the delete scope, and where there are footnotes, whatever all other rows have.

    A row without a value in the scope belongs to none; and a footnote is to be no fact.
    """
    if found.name not in scope and not (look.footnotes and found.header in look.full):
        return found
    blanks = (
        say("none is blank")
        if not found.blanks
        else say("a row without it is a reject ({blanks:,})", blanks=found.blanks)
    )
    why = say("it is part of the delete scope") if found.name in scope else say("every row but footnotes has it")
    evidence = (*found.evidence, say("required: {why}, and {blanks}", why=why, blanks=blanks))
    return replace(found, declaration=found.declaration.having(required=True), evidence=evidence)


def _tell_header(look: Look) -> Iterator[str]:
    """Say that the header has several rows, which of them was read, and what to do."""
    above = [row for row in look.header_beside if row < look.header_row]
    if above:
        yield say(
            "the header has {count} rows: the columns are called after row {header_row}, and what row "
            "{above} writes above several of them is in no name. Where names need it, header: {{rows: "
            "{rows}}} joins them with /: alias the columns so",
            count=len(above) + 1,
            header_row=look.header_row,
            above=min(above),
            rows=look.header_row - min(above) + 1,
        )

    for row in look.header_beside:
        if row > look.header_row:
            yield say(
                "the header has two rows, {header_row} and {row}: only row {header_row} is read as one, and "
                "row {row} would be taken for data. header: {{rows: {rows}}} joins the names of both with "
                "/: alias the columns so",
                header_row=look.header_row,
                row=row,
                rows=row - look.header_row + 1,
            )


def _tell_rows(look: Look) -> Iterator[str]:
    if look.footnotes:
        cells = ", ".join(look.footnotes[:_SHOWN_ROWS]) + (", …" if len(look.footnotes) > _SHOWN_ROWS else "")
        yield say(
            "{cells} stands alone below the data, and would be read as data: delete it, if it is a footnote",
            cells=cells,
        )


def _tell_columns(found: Sequence[FoundColumn]) -> Iterator[str]:
    headers = {one.header: one.kind for one in found}
    if "年" in headers and "月" in headers and "month" not in headers.values():
        yield say("年 and 月 stand in two columns: a domain with a transform of its own can make one month of them")
    able = sum(one.kind in ("code", "text") for one in found)
    if able > MOST_KEY_COLUMNS:
        yield say(
            "{most} of {able} codes and texts were looked at as keys of references", most=MOST_KEY_COLUMNS, able=able
        )


def _list_left_out(left_out: Sequence[LeftOut]) -> str:
    return (
        "; ".join(
            say("{letter} {header}: {reason}", letter=one.letter, header=one.header, reason=one.reason)
            for one in left_out
        )
        + "."
    )
