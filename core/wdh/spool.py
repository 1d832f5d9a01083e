"""Clean facts, kept as COPY text in a temporary file until the plan is complete."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO

from wdh.copytext import NULL, CopyWriter, copy_value
from wdh.errors import DataError, SetupError
from wdh.facts import Facts, FactValue


@dataclass(frozen=True, slots=True)
class Segment:
    """The lines that one batch became: where they start, how many columns they have, and the rows they were."""

    first_line: int
    offset: int
    width: int
    file: str
    sheet: str
    row_numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class FactRows:
    """All facts of a run, ready to be sent: ``count`` rows of ``columns``. Part of the plan, never changed.

    ``scopes`` are the distinct values of ``scope_columns`` (the configured pk), in order of appearance.
    """

    columns: tuple[str, ...]
    count: int
    scope_columns: tuple[str, ...]
    scopes: tuple[tuple[FactValue, ...], ...]
    segments: tuple[Segment, ...] = field(repr=False)
    _file: IO[bytes] = field(repr=False, compare=False)

    def distinct(self, columns: Sequence[str]) -> tuple[tuple[FactValue, ...], ...]:
        """Give the distinct values of some of the scope columns. Raises ValueError for a column that is not one."""
        unknown = [column for column in columns if column not in self.scope_columns]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is not part of the delete scope {', '.join(self.scope_columns)}")
        places = [self.scope_columns.index(column) for column in columns]
        return tuple(dict.fromkeys(tuple(scope[place] for place in places) for scope in self.scopes))

    def chunks(self) -> Iterator[bytes]:
        """Read the COPY text back, a batch at a time; lines of early batches get the columns that came later."""
        for segment, end in zip(self.segments, self._ends(), strict=True):
            self._file.seek(segment.offset)
            text = self._file.read(end - segment.offset)
            missing = len(self.columns) - segment.width
            yield text.replace(b"\n", f"\t{NULL}".encode() * missing + b"\n") if missing else text

    def locate(self, line: int) -> tuple[str, str, int]:
        """Say which sheet row a line (1-based, as COPY counts) was: (file, sheet, row)."""
        place = bisect_right([segment.first_line for segment in self.segments], line) - 1
        segment = self.segments[place]
        return segment.file, segment.sheet, segment.row_numbers[line - segment.first_line]

    def _ends(self) -> list[int]:
        end = self._file.seek(0, 2)
        return [*(segment.offset for segment in self.segments[1:]), end]


class Spool:
    """Where facts go as they are cleaned. A context manager; the file vanishes with it, whatever happens."""

    def __init__(self, scope_columns: Sequence[str]) -> None:
        self.scope_columns = tuple(scope_columns)
        self._columns: dict[str, None] = {}
        self._scopes: dict[tuple[FactValue, ...], str] = {}
        self._segments: list[Segment] = []
        self._lines = 0
        self._writer = CopyWriter()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="wdh-facts-")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, facts: Facts, *, file: str, sheet: str) -> None:
        """Write the facts of one batch. Raises DataError with the row for a value that PostgreSQL cannot hold."""
        if not len(facts):
            return
        self._columns.update(dict.fromkeys(facts.columns))
        nothing: list[FactValue] = [None] * len(facts)
        columns = [facts.columns.get(name, nothing) for name in self._columns]
        try:
            text = "\n".join(self._writer.lines(columns)) + "\n"
        except ValueError as error:
            raise _unstorable(facts, file=file, sheet=sheet) from error
        rows = array("I", facts.row_numbers)
        self._segments.append(Segment(self._lines + 1, self._file.tell(), len(columns), file, sheet, rows))
        try:
            self._file.write(text.encode("utf-8"))
        except OSError as error:
            raise SetupError(
                f"the facts cannot be kept in {tempfile.gettempdir()} while they are read: {error.strerror}. Make room "
                "there, or name another folder in TMPDIR. Nothing was touched.",
                directory=tempfile.gettempdir(),
            ) from error
        self._lines += len(facts)
        scope = [facts.columns.get(name, nothing) for name in self.scope_columns]
        for key in dict.fromkeys(zip(*scope, strict=True)):
            if self._scopes.setdefault(key, file) != file:
                raise _shared_scope(self._scopes[key], file, scope=dict(zip(self.scope_columns, key, strict=True)))

    def facts(self) -> FactRows:
        """Close the collection: everything appended so far."""
        return FactRows(
            tuple(self._columns),
            self._lines,
            self.scope_columns,
            tuple(self._scopes),
            tuple(self._segments),
            self._file,
        )


def _shared_scope(first: str, second: str, *, scope: dict[str, FactValue]) -> DataError:
    # One after the other the second would replace the first's facts; together both would stay.
    shown = ", ".join(f"{column} {value}" for column, value in scope.items())
    return DataError(
        f"{first} and {second} both have facts of {shown}, and one run cannot tell which replace the other's. "
        "Run them one after the other (--file), the later last; or correct the month in one of them.",
        files=(first, second),
        scope=shown,
    )


def _unstorable(facts: Facts, *, file: str, sheet: str) -> DataError:
    for column, values in facts.columns.items():
        for row, value in zip(facts.row_numbers, values, strict=True):
            try:
                copy_value(value)
            except ValueError as error:
                return DataError(
                    f"{file}, sheet {sheet}, row {row}: {column}: {error}. Mend the cell and run again.",
                    file=file,
                    sheet=sheet,
                    row=row,
                    column=column,
                )
    raise AssertionError("a batch that cannot be written has a value that cannot be written")
