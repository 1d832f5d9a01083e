"""The steps that send the spooled facts: straight into their table, by their key, or into a stage of the domain's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from wdh.facts.copytext import Seen, end_lines
from wdh.facts.lineage import Lineage
from wdh.facts.spool import FactRows
from wdh.plan.matching import Equalities, InsertPath
from wdh.sql import statements
from wdh.sql.identifiers import Target
from wdh.sql.operators import SYSTEM_EQUALITY, Equality
from wdh.sql.privileges import Needs
from wdh.words.language import later


class _Spooled:
    """A step whose rows are spooled facts, which travel by COPY; their numbers are lines, from 1."""

    __slots__ = ()
    facts: FactRows

    @property
    def columns(self) -> tuple[str, ...]:
        return self.facts.columns

    @property
    def written(self) -> tuple[str, ...]:
        return self.columns

    @property
    def planned(self) -> int:
        return self.facts.count

    def lines(self, columns: Sequence[str]) -> Iterator[tuple[int, tuple[Seen, ...]]]:
        """Give some columns of each fact as PostgreSQL will see them, with its line of the COPY, from 1."""
        return self.facts.lines(columns)


class _Traced(_Spooled):
    """A step that may write where each fact came from: ``lineage`` is no part of the facts; None: it does not."""

    __slots__ = ()
    lineage: Lineage | None

    @property
    def written(self) -> tuple[str, ...]:
        return self.columns if self.lineage is None else (*self.columns, *self.lineage.columns)


class Append(_Traced, Struct, frozen=True):
    """Send the spooled facts straight into the target by COPY."""

    operation: ClassVar[str] = "INSERT"
    label: ClassVar[str] = "insert"
    done: ClassVar[str] = "inserted"
    reference: ClassVar[None] = None
    key: ClassVar[tuple[str, ...]] = ()
    target: Target
    facts: FactRows
    lineage: Lineage | None = None

    @property
    def bare(self) -> Append:
        return replace(self, lineage=None)

    @property
    def sql(self) -> str:
        """The statement that does the work; the facts follow it as COPY text."""
        return statements.copy_rows(self.target, self.written)

    @property
    def statements(self) -> tuple[str, ...]:
        return (self.sql,)

    @property
    def privileges(self) -> Needs:
        return Needs(inserted=self.written)

    def chunks(self) -> Iterator[bytes]:
        """Read the COPY text that follows the statement, a batch at a time."""
        return self.facts.traced(self.lineage)

    def line_text(self, line: int) -> bytes:
        """Read the COPY text of one line, from 1."""
        return self.facts.line_text(line, self.lineage)


class Upsert(_Traced, Struct, frozen=True):
    """Insert the facts whose ``key`` the target lacks; give the others' ``update`` columns the facts' values.

    Only rows that differ there are updated. ``equal`` says how the columns of the key are compared, ``same`` those of
    ``update``, None where PostgreSQL cannot, and their texts are; both are empty until the catalogue was asked, as
    ``path`` is None. ``span``: only these lines are sent, from the first to before the second, counted from 0.
    ``entry`` is the entry point that recorded it.
    """

    operation: ClassVar[str] = "UPSERT"
    label: ClassVar[str] = "upsert"
    done: ClassVar[str] = "inserted"
    reference: ClassVar[None] = None
    undone: ClassVar[str] = later("facts were written and are not there with their values")
    target: Target
    facts: FactRows
    key: tuple[str, ...]
    update: tuple[str, ...]
    lineage: Lineage | None = None
    equal: Equalities = ()
    same: tuple[Equality | None, ...] = ()
    path: InsertPath | None = None
    span: tuple[int, int] | None = None
    entry: str = ""

    @property
    def bare(self) -> Upsert:
        return replace(self, lineage=None)

    @property
    def staged(self) -> tuple[str, ...]:
        """The columns as they lie in the stage: the key first."""
        return (*self.key, *(column for column in self.written if column not in self.key))

    @property
    def assigned(self) -> tuple[str, ...]:
        """The columns that an update sets; where a fact came from goes with its values."""
        origin = () if self.lineage is None or not self.update else self.lineage.columns
        return (*self.update, *origin)

    @property
    def sql(self) -> str:
        """The statement that inserts; what it finds there, :attr:`update_sql` has updated before."""
        on_conflict = self.path is None or self.path.arbiter is not None
        return statements.insert_missing(
            self.target, key=self.key, columns=self.staged, on_conflict=on_conflict, equal=self.equal
        )

    @property
    def update_sql(self) -> str | None:
        if not self.update:
            return None
        return statements.update_differing(
            self.target,
            key=self.key,
            columns=self.staged,
            assigned=self.assigned,
            compared=self._compared,
            equal=self.equal,
        )

    @property
    def repeated_sql(self) -> str:
        return statements.repeated_keys(self.key, self.staged)

    @property
    def ambiguous_sql(self) -> str | None:
        """Ask which facts meet several rows; None: a unique index keeps them apart."""
        if self.path is not None and self.path.arbiter is not None:
            return None
        return statements.ambiguous_keys(self.target, self.key, equal=self.equal)

    @property
    def undone_sql(self) -> str:
        return statements.unwritten(
            self.target, key=self.key, columns=self.staged, compared=self._compared, equal=self.equal
        )

    @property
    def statements(self) -> tuple[str, ...]:
        sent = (
            statements.create_stage(self.target, self.staged),
            self.copy_sql,
            self.repeated_sql,
            self.ambiguous_sql,
            self.update_sql,
            self.sql,
            self.undone_sql,
            statements.DROP_STAGE,
        )
        return tuple(statement for statement in sent if statement is not None)

    @property
    def copy_sql(self) -> str:
        """The COPY into the stage, whose columns it names in the order of the facts' own."""
        return statements.copy_stage(self.written, order=self.staged)

    @property
    def privileges(self) -> Needs:
        return Needs(read=(*self.key, *self.update), inserted=self.written, updated=self.assigned)

    @property
    def _compared(self) -> Mapping[str, Equality | None]:
        known = self.same or (SYSTEM_EQUALITY,) * len(self.update)
        return dict(zip(self.update, known, strict=True))

    def chunks(self) -> Iterator[bytes]:
        """Read the COPY text that follows, a batch at a time, each line with its number."""
        return _number(self.facts, self.lineage, span=self.span or (0, self.facts.count))


def _number(facts: FactRows, lineage: Lineage | None, *, span: tuple[int, int]) -> Iterator[bytes]:
    """Read the COPY text of some lines back, each with its number, from 1, as the last value."""
    start, end = span
    for segment, text in zip(facts.segments, facts.traced(lineage), strict=True):
        first = segment.first_line - 1
        numbers = range(max(start, first), min(end, first + len(segment.row_numbers)))
        if len(numbers) < len(segment.row_numbers):
            lines = text.split(b"\n")[numbers.start - first : numbers.stop - first] if numbers else []
            text = b"".join(line + b"\n" for line in lines)
        if numbers:
            yield end_lines(text, b"\n", range(numbers.start + 1, numbers.stop + 1))


class Stage(_Spooled, Struct, frozen=True):
    """Send the spooled facts into a temporary table, for the domain's own statements that follow.

    ``stage`` is its name, ``target`` the table whose types its columns have.
    """

    operation: ClassVar[str] = "STAGE"
    label: ClassVar[str] = "stage"
    done: ClassVar[str] = "staged"
    reference: ClassVar[None] = None
    key: ClassVar[tuple[str, ...]] = ()
    privileges: ClassVar[Needs] = Needs()
    target: Target
    facts: FactRows
    stage: Target

    @property
    def create_sql(self) -> str:
        return statements.create_named_stage(self.stage, self.target, self.columns)

    @property
    def sql(self) -> str:
        """The statement that does the work; the facts follow it as COPY text."""
        return statements.copy_rows(self.stage, self.columns)

    @property
    def analyze_sql(self) -> str:
        return statements.analyze(self.stage)

    @property
    def statements(self) -> tuple[str, ...]:
        return (self.create_sql, self.sql, self.analyze_sql)

    def chunks(self) -> Iterator[bytes]:
        """Read the COPY text that follows the statement, a batch at a time."""
        return self.facts.chunks()


SpooledStep = Append | Upsert | Stage
