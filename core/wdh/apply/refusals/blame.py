"""Finds the rows of a step that the server refused, by halves if need be; a cell is named only where it is certain."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.apply.numbering import find_numbering
from wdh.apply.refusals.diagnosis import Diagnosis, diagnose
from wdh.apply.refusals.refused import NOBODY, Blame
from wdh.apply.staging import send_copy
from wdh.errors import WdhError, assert_never
from wdh.plan import (
    Append,
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Skip,
    SpooledStep,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.sql import statements
from wdh.sql.driver import Cursor

if TYPE_CHECKING:
    import psycopg2

CandidateStep = Backfill | InsertRows | Upsert
"""A step whose rows can be tried again, some of them alone."""

RunStep = Callable[[CandidateStep, "Cursor"], object]
_FOREIGN_KEY, _UNIQUE, _EXCLUSION = "23503", "23505", "23P01"
_ABOUT_A_KEY = (_FOREIGN_KEY, _UNIQUE, _EXCLUSION)
_EXHAUSTED = "2200H"
"""A sequence has no number left: in the class of values, and about none of the workbook's."""

_LIMIT = "54"
_VALUE_OR_CONSTRAINT = ("22", "23")
_ABOUT_ROWS = (*_VALUE_OR_CONSTRAINT, "38", "44", _LIMIT, "P0")
_ABOUT_THE_SERVER = ("08", "25", "40", "53", "55", "57", "58", "XX")
_LONG_VALUE = 2_000
"""A value of an index row that is too long has more bytes; a B-tree takes some 2,700, after compression."""

_KEY = re.compile(r"\((?P<columns>.+?)\)=\((?P<values>.*)\)", re.DOTALL)
_TWO_KEYS = re.compile(r"\((?P<columns>.+?)\)=\((?P<values>.*?)\)[^()]*\((?P=columns)\)=\((?P<others>.*)\)", re.DOTALL)
"""The keys of an exclusion constraint: of the row that is refused, and of the one it conflicts with."""

_MOST_QUESTIONS = 40
_MOST_CULPRITS = 20
_SPARE_ROWS = 64
"""The search may send this many rows more than the step has: a small step can then show several culprits."""

Refuses = Callable[[int, int], bool]
"""Ask whether the server refuses the rows from ``start`` to before ``end``, without the others."""


class CopyPlace(Struct, frozen=True):
    """A line of a COPY, from 1, and the column whose value could not be read; None: it is the line as a whole.

    ``is_nested``: the statement that failed was not the COPY itself but one of a function that it called.
    """

    line: int
    column: str | None
    is_nested: bool


def find_copy_place(context: str, *, table: str, columns: Sequence[str]) -> CopyPlace | None:
    """Find the line and the column in an error's context, by the names of the table and the columns of the COPY.

    The context has the table's name, then the line's number, then perhaps a column's name before a colon and its
    value. The words between them differ from language to language, and are not read.
    """
    found = re.search(
        rf"^(?P<before>[^\d\"»«“”]{{0,20}}?){re.escape(table)}[^\d\"]{{1,30}}?(?P<line>\d+)(?P<rest>.*)$",
        context,
        re.MULTILINE,
    )
    if found is None:
        return None
    return CopyPlace(int(found["line"]), _find_column(found["rest"], columns), found.start() > 0)


def _find_column(rest: str, columns: Sequence[str]) -> str | None:
    for name in sorted(columns, key=len, reverse=True):
        if re.match(rf"[^:\"]*?\w[^:\"]*?\s{re.escape(name)}(?:\s\w{{1,10}})?\s*(?::|$)", rest):
            return name
    return None


def find_blame(step: Step, cursor: Cursor, *, error: psycopg2.Error, run: RunStep) -> Blame:
    """Find the rows to blame for an error of ``step``; ``run`` runs a step again.

    The transaction must have failed after the step's savepoint. The context and the detail of the error are believed
    where they tell; else a few rows are tried again, each by itself.
    """
    import psycopg2

    said = diagnose(error)
    if said.kind in _ABOUT_THE_SERVER or said.state == _EXHAUSTED:
        return NOBODY
    if not (said.is_raised or said.kind in _ABOUT_ROWS):
        return NOBODY
    try:
        match step:
            case Append():
                return _blame_facts(step, cursor, said)
            case Stage():
                place = find_copy_place(said.context, table=step.stage.table, columns=step.columns)
                return NOBODY if place is None or place.column is None else Blame((place.line,), place.column)
            case InsertMissing() | FillNullOnly() | InsertRows() | Upsert():
                return _blame_candidates(step, cursor, said, run=run)
            case DeleteScope() | Statement() | Skip():
                return NOBODY
            case _:
                assert_never(step)
    except psycopg2.Error:  # the first error is the one to tell, and without rows it says enough
        return NOBODY


def blame_key(step: Step, said: Diagnosis) -> Blame:
    """Find the rows that have the key in the error's detail; they are refused together where a key must be unique."""
    if said.state not in _ABOUT_A_KEY or said.is_raised or not isinstance(step, SpooledStep | CandidateStep):
        return NOBODY
    found = (_TWO_KEYS if said.state == _EXCLUSION else _KEY).search(said.detail or "")
    if found is None:
        return NOBODY
    names = [name.strip('"').replace('""', '"') for name in found["columns"].split(", ")]
    if not set(names) <= set(step.columns):
        return NOBODY
    keys = {found["values"], found.groupdict().get("others", found["values"])}
    rows = tuple(sorted(row for row, seen in step.lines(names) if ", ".join(map(str, seen)) in keys))
    if not rows:
        return NOBODY
    together = len(rows) > 1 and said.state != _FOREIGN_KEY
    return Blame(rows, together=True) if together else Blame(rows, names[0])


def _blame_facts(step: Append, cursor: Cursor, said: Diagnosis) -> Blame:
    place = find_copy_place(said.context, table=step.target.table, columns=step.columns)
    if place is None:
        return NOBODY if said.context else blame_key(step, said)
    if not 1 <= place.line <= step.facts.count:  # past the end: what was refused had waited to be written
        return NOBODY
    if place.column is not None:
        return Blame((place.line,), place.column)
    if _is_numbered(step, cursor, said, is_nested=place.is_nested):
        return NOBODY
    if not place.is_nested and (among := blame_key(step, said)).together:
        return among
    return _try_lines(step, cursor, said, place=place)


def _try_lines(step: Append, cursor: Cursor, said: Diagnosis, *, place: CopyPlace) -> Blame:
    """Send the line alone; where none before it is known to have passed, a few others, too."""

    def refuses(line: int) -> bool:
        cursor.execute(statements.BACK_TO_SAVEPOINT)
        return _is_refused(
            lambda: send_copy(cursor, step.sql, iter([step.line_text(line)])),
            said=said,
        )

    line, count = place.line, step.facts.count
    if not refuses(line):
        return NOBODY
    column = _column_to_blame(step, said, row=line)
    if line > 1 and said.kind != _LIMIT:
        return Blame((line,), column)
    others = [
        other for other in dict.fromkeys((count, (count + 1) // 2, 2, 1)) if 1 <= other <= count and other != line
    ]
    if any(not refuses(other) for other in others) or (not others and _is_about_a_value(said)):
        return Blame((line,), column)
    return Blame(refuses_all=bool(others))


def _blame_candidates(step: CandidateStep, cursor: Cursor, said: Diagnosis, *, run: RunStep) -> Blame:
    first, own = (1, step.staged) if isinstance(step, Upsert) else (0, step.columns)
    staged = {f"c{number}": column for number, column in enumerate(own)}
    place = find_copy_place(said.context, table=statements.STAGE_NAME, columns=tuple(staged))
    if place is not None:
        is_exact = place.column is not None and 1 <= place.line <= step.planned
        return Blame((place.line - 1 + first,), staged[place.column or ""]) if is_exact else NOBODY
    if _is_numbered(step, cursor, said, is_nested=bool(said.context)):
        return NOBODY
    told = NOBODY if said.context else blame_key(step, said)
    if told.rows or said.state == _FOREIGN_KEY:  # a row alone may lack what another of the same step brings
        return told
    found = find_culprits(
        step.planned, refuses=lambda start, end: _refuses(step, cursor, said, run=run, start=start, end=end)
    )
    is_alone = step.planned == 1 and bool(found.rows)  # and there is no other to hold it against
    if found.refuses_all and not (is_alone and _is_about_a_value(said)):
        return Blame(refuses_all=not is_alone)
    rows = tuple(row + first for row in found.rows)
    return Blame(rows, _column_to_blame(step, said, row=rows[0])) if rows else NOBODY


def _refuses(step: CandidateStep, cursor: Cursor, said: Diagnosis, *, run: RunStep, start: int, end: int) -> bool:
    cursor.execute(statements.BACK_TO_SAVEPOINT)
    part: CandidateStep = (
        replace(step, span=(start, end)) if isinstance(step, Upsert) else replace(step, rows=step.rows[start:end])
    )
    try:
        return _is_refused(lambda: run(part, cursor), said=said)
    except WdhError:  # taken by the server, if not as it should be
        return False


def _is_refused(send: Callable[[], object], *, said: Diagnosis) -> bool:
    """Send rows again: are they refused for the very same reason? Raises psycopg2.Error for one not about rows."""
    import psycopg2

    try:
        send()
    except psycopg2.Error as error:
        again = diagnose(error)
        if again.state != said.state and again.kind not in _ABOUT_ROWS:
            raise
        return (again.state, again.constraint) == (said.state, said.constraint)
    return False


def _is_numbered(step: Append | CandidateStep, cursor: Cursor, said: Diagnosis, *, is_nested: bool) -> bool:
    """Say whether a value that must be unique came from a sequence and not from the workbook."""
    if said.state != _UNIQUE:
        return False
    cursor.execute(statements.BACK_TO_SAVEPOINT)
    return bool(find_numbering(cursor, said, written=() if is_nested else step.columns))


def _is_about_a_value(said: Diagnosis) -> bool:
    return said.kind in _VALUE_OR_CONSTRAINT and not said.is_raised


def _column_to_blame(step: Append | CandidateStep, said: Diagnosis, *, row: int) -> str | None:
    if said.kind != _LIMIT:
        return said.column if said.column in step.columns else None
    values = next(seen for number, seen in step.lines(step.columns) if number == row)
    sizes = {name: len((value or "").encode("utf-8")) for name, value in zip(step.columns, values, strict=True)}
    longest = max(sizes, key=lambda name: sizes[name])
    return longest if sizes[longest] > _LONG_VALUE else None


class Culprits(Struct, frozen=True):
    """The first rows that the server refuses each by itself, at most 20; none where no row alone is refused.

    ``refuses_all``: it refused every row that was tried by itself, or even no row at all.
    """

    rows: tuple[int, ...] = ()
    refuses_all: bool = False


def find_culprits(count: int, *, refuses: Refuses) -> Culprits:
    """Find the refused of ``count`` rows, which are refused together.

    Every question has side effects that no rollback undoes (sequences), and fires triggers: at most 40 are asked, and
    with all of them together not many more rows are sent than there are.
    """
    search = _Search(refuses, rows_left=count + _SPARE_ROWS)
    if search.ask(0, 0):
        return Culprits(refuses_all=True)
    search.split(0, count)
    if search.needs_others:
        return Culprits()
    if search.culprits and not search.has_passed:
        for row in _others(count, search.culprits):
            search.ask(row, row + 1)
    return Culprits(tuple(sorted(search.culprits)), refuses_all=bool(search.culprits) and not search.has_passed)


def _others(count: int, culprits: list[int]) -> list[int]:
    """Choose rows to hold against the culprits: from the end, the middle and the beginning."""
    return [row for row in dict.fromkeys((count - 1, count // 2, 1)) if 0 <= row < count and row not in culprits]


class _Search(Struct):
    """A search by halves. ``needs_others``: some rows are refused only beside others."""

    refuses: Refuses
    rows_left: int
    questions_left: int = _MOST_QUESTIONS
    culprits: list[int] = field(default_factory=list)
    has_passed: bool = False
    needs_others: bool = False

    def ask(self, start: int, end: int) -> bool:
        """Ask about a range, and keep count."""
        self.rows_left -= end - start
        self.questions_left -= 1
        is_refused = self.refuses(start, end)
        self.has_passed |= not is_refused and end > start
        return is_refused

    def may_ask(self, start: int, end: int) -> bool:
        """Say whether a question about a range is within bounds, and a search in it, which costs as much again."""
        is_payable = self.questions_left > 0 and self.rows_left >= 2 * (end - start)
        return is_payable and len(self.culprits) < _MOST_CULPRITS

    def split(self, start: int, end: int) -> None:
        """Find the culprits in a range that is refused: the first one surely, others while questions are left."""
        unknown: list[tuple[int, int]] = []
        while end - start > 1:
            middle = (start + end) // 2
            if self.ask(start, middle):
                unknown.append((middle, end))
                end = middle
            else:
                start = middle  # not asked: that the upper half is refused follows, unless it takes rows of both
        if not self.ask(start, end):
            self.needs_others = not self.culprits
            return
        self.culprits.append(start)
        for lower, upper in reversed(unknown):
            if self.may_ask(lower, upper) and self.ask(lower, upper):
                self.split(lower, upper)
