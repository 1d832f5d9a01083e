"""Clean facts, kept as COPY text in a temporary file until the plan is complete."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from typing import IO, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import DataError, SetupError
from wdh.facts import Facts, FactValue, Place
from wdh.facts.copytext import NULL, CopyWriter, copy_value, read_copy_text, read_value
from wdh.facts.lineage import Lineage
from wdh.facts.periods import PeriodTally, find_period, tally_periods
from wdh.facts.profiles import NOTHING, Profile, profile_of
from wdh.facts.segments import Segment
from wdh.words.language import say

_NULL: Final = NULL.encode()
_ALL_NULL: Final = profile_of([None], [NULL])
_COPIED: Final = 1 << 20
"""Bytes that are copied at once from one spool's file to another's."""


@dataclass(frozen=True, slots=True)
class FactRows:
    """All facts of a run, ready to be sent: ``count`` rows of ``columns``. Part of the plan, never changed."""

    columns: tuple[str, ...]
    """The database columns."""
    count: int
    """The number of facts."""
    scope_columns: tuple[str, ...]
    """The configured pk."""
    scopes: tuple[tuple[FactValue, ...], ...]
    """The distinct values of ``scope_columns``, in order of appearance."""
    profiles: Mapping[str, Profile]
    """The kinds and lengths of each column's values."""
    segments: tuple[Segment, ...] = field(repr=False)
    """The places of the facts of each batch, in sheet order."""
    period_column: str | None
    """The column by whose values ``periods`` has the facts."""
    periods: Mapping[FactValue, PeriodTally] = field(repr=False)
    """The facts by their value of ``period_column``, in order of appearance; without it, all of them under None."""
    _file: IO[bytes] = field(repr=False, compare=False)
    _hashes: list[str] = field(default_factory=list, init=False, repr=False, compare=False)
    _repeated: list[Sequence[tuple[int, ...]]] = field(default_factory=list, init=False, repr=False, compare=False)

    def distinct(self, columns: Sequence[str]) -> tuple[tuple[FactValue, ...], ...]:
        """Give the distinct values of some of the scope columns. Raises ValueError for a column that is not one."""
        unknown = [column for column in columns if column not in self.scope_columns]
        if unknown:
            raise ValueError(
                say(
                    "{unknown} is not part of the delete scope {scope_columns}",
                    unknown=", ".join(unknown),
                    scope_columns=", ".join(self.scope_columns),
                )
            )
        places = [self.scope_columns.index(column) for column in columns]
        return tuple(dict.fromkeys(tuple(scope[place] for place in places) for scope in self.scopes))

    def distinct_values(self, column: str) -> tuple[FactValue, ...]:
        """Give the distinct values of any column, in order of appearance, None among them where one is blank.

        Numbers come as Decimal, and what a column mixes (dates and texts, say) as the text that PostgreSQL would see.
        Reads the facts once, about a second for a million; memory is that of the distinct values. Raises ValueError
        for a column that the facts do not have.
        """
        if column not in self.columns:
            raise ValueError(
                say(
                    "{column!r} is no column of the facts, which have {columns}",
                    column=column,
                    columns=", ".join(self.columns),
                )
            )
        place, kinds = self.columns.index(column), self.profiles[column].kinds - {type(None)}
        seen: dict[bytes, None] = {}
        for chunk in self.chunks():
            seen.update(dict.fromkeys(line.split(b"\t", place + 1)[place] for line in chunk.split(b"\n")[:-1]))
        texts = (read_copy_text(field.decode("utf-8")) for field in seen)
        return tuple(dict.fromkeys(None if text is None else read_value(text, kinds) for text in texts))

    def chunks(self) -> Iterator[bytes]:
        """Read the COPY text back, a batch at a time; lines of early batches get the columns that came later.

        Reading it to its end, as COPY does, hashes it as well, while PostgreSQL is busy with it.
        """
        digest = hashlib.sha256("\t".join(map(copy_value, self.columns)).encode("utf-8"))
        digest.update(b"\n")
        for text in self._texts():
            digest.update(text)  # nothing between them: how the rows were cut into batches is no part of them
            yield text
        self._hashes[:] = [digest.hexdigest()]

    def traced(self, lineage: Lineage | None) -> Iterator[bytes]:
        """Read the COPY text back as :meth:`chunks` does, each line with where it came from."""
        if lineage is None:
            return self.chunks()
        return (
            lineage.extend(text, file=segment.file, sheet=segment.sheet, row_numbers=segment.row_numbers)
            for segment, text in zip(self.segments, self.chunks(), strict=True)  # strict: reads them to their end
        )

    def lines(self, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str | None, ...]]]:
        """Read the values of some columns back, as PostgreSQL will see them: (line, values), a line at a time.

        Lines are counted from 1, as COPY counts them. Raises ValueError for a column that is not there.
        """
        places = [self.columns.index(column) for column in columns]
        line = 0
        for chunk in self.chunks():
            for text in chunk.decode("utf-8").split("\n")[:-1]:
                line += 1
                fields = text.split("\t")
                yield line, tuple(read_copy_text(fields[place]) for place in places)

    def repeated_lines(self) -> Sequence[tuple[int, ...]]:
        """Find the lines whose facts are the same in every column: the numbers of each group, in order.

        Memory is that of a number for each fact; the text is looked at only where two numbers are the same. Asked
        again, the answer is there.
        """
        if not self._repeated:
            self._repeated.append(self._find_repeated())
        return self._repeated[0]

    def _find_repeated(self) -> Sequence[tuple[int, ...]]:
        seen: set[int] = set()
        again: set[int] = set()
        for text in self._texts():
            hashes = list(map(hash, text.split(b"\n")[:-1]))
            own = {*hashes}
            if len(own) == len(hashes) and seen.isdisjoint(own):
                seen |= own
                continue
            for each in hashes:
                (again if each in seen else seen).add(each)
        return self._group(again) if again else ()

    def _group(self, hashes: set[int]) -> Sequence[tuple[int, ...]]:
        groups: dict[bytes, list[int]] = {}
        line = 0
        for text in self._texts():
            for own in text.split(b"\n")[:-1]:
                line += 1
                if hash(own) in hashes:
                    groups.setdefault(own, []).append(line)
        return [tuple(lines) for lines in groups.values() if len(lines) > 1]

    def line_text(self, line: int, lineage: Lineage | None = None) -> bytes:
        """Read the COPY text of one line (1-based, as COPY counts), with where it came from."""
        number = self._segment_of(line)
        segment = self.segments[number]
        text = self._read(segment, self._ends()[number]).split(b"\n")[line - segment.first_line] + b"\n"
        if lineage is None:
            return text
        rows = segment.row_numbers[line - segment.first_line :][:1]
        return lineage.extend(text, file=segment.file, sheet=segment.sheet, row_numbers=rows)

    def place(self, line: int, column: str | None = None) -> Place:
        """Say where a line (1-based, as COPY counts) stood: the cell of ``column`` if it is known, or the row."""
        return self.segments[self._segment_of(line)].place(line, column)

    @property
    def sha256(self) -> str:
        """A hash of the facts: their columns, and their text in order."""
        if not self._hashes:
            deque(self.chunks(), maxlen=0)
        return self._hashes[0]

    def text_of(self, number: int) -> str:
        """Read the COPY text of the segment with this place among ``segments``."""
        end = self.segments[number + 1].offset if number + 1 < len(self.segments) else self._file.seek(0, 2)
        return self._read(self.segments[number], end).decode("utf-8")

    def _texts(self) -> Iterator[bytes]:
        return (self._read(segment, end) for segment, end in zip(self.segments, self._ends(), strict=True))

    def _segment_of(self, line: int) -> int:
        return bisect_right([segment.first_line for segment in self.segments], line) - 1

    def absent(self, column: str) -> bool:
        """Say whether a column stands in no sheet, as far as is known: no cell is known, and no value came."""
        return not self.profiles[column].kinds - {type(None)} and not self.has_cells(column)

    def has_cells(self, column: str) -> bool:
        """Say whether the cells of a column are known."""
        return any(column in segment.letters for segment in self.segments)

    def _read(self, segment: Segment, end: int) -> bytes:
        self._file.seek(segment.offset)
        text = self._file.read(end - segment.offset)
        missing = len(self.columns) - segment.width
        return text.replace(b"\n", f"\t{NULL}".encode() * missing + b"\n") if missing else text

    def _ends(self) -> list[int]:
        end = self._file.seek(0, 2)
        return [*(segment.offset for segment in self.segments[1:]), end][: len(self.segments)]


class Written(Struct, frozen=True):
    """The state of a spool without the text in its file: enough for another spool to take it over."""

    columns: tuple[str, ...]
    count: int
    scopes: Mapping[tuple[FactValue, ...], str]
    profiles: Mapping[str, Profile]
    segments: tuple[Segment, ...]
    period_column: str | None
    periods: Mapping[FactValue, PeriodTally]


class Spool(AbstractContextManager["Spool"]):
    """Keeps clean facts until the plan is complete. A context manager; the file vanishes with it, whatever happens.

    ``file`` is where their text is written, and empty. None: a temporary one. The first of ``period_columns`` that
    has dates in all of the first facts tells periods apart.
    """

    def __init__(
        self, scope_columns: Sequence[str], file: IO[bytes] | None = None, *, period_columns: Sequence[str] = ()
    ) -> None:
        self.scope_columns = tuple(scope_columns)
        self.period_columns = tuple(period_columns)
        self._period: str | None = None
        self._periods: dict[FactValue, PeriodTally] = {}
        self._columns: dict[str, None] = {}
        self._profiles: dict[str, Profile] = {}
        self._scopes: dict[tuple[FactValue, ...], str] = {}
        self._segments: list[Segment] = []
        self._lines = 0
        self._writer = CopyWriter()
        self._file = tempfile.TemporaryFile(prefix="wdh-facts-") if file is None else file  # noqa: SIM115 - see __exit__

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def append(
        self,
        facts: Facts,
        *,
        file: str,
        sheet: str,
        letters: Mapping[str, str] | None = None,
        workbook: int = 0,
        group: int = 0,
    ) -> None:
        """Write the facts of one batch; ``letters`` are the sheet columns of those that stand in one.

        ``workbook`` and ``group`` are those of Segment. Raises DataError with the cell for a value that PostgreSQL
        cannot hold.
        """
        if not len(facts):
            return
        self._columns.update(dict.fromkeys(facts.columns))
        nothing: list[FactValue] = [None] * len(facts)
        rows = array("I", facts.row_numbers)
        place = self._lines + 1, self._file.tell(), len(self._columns)
        segment = Segment(*place, file, sheet, rows, letters or {}, workbook, group)
        columns = {name: facts.columns.get(name, nothing) for name in self._columns}
        texts = [self._write_column(name, values, segment=segment) for name, values in columns.items()]
        lines = map("\t".join, zip(*texts, strict=True)) if texts else [""] * len(facts)
        if not self._lines:
            self._period = find_period(self.period_columns, facts)
        self._add_periods(tally_periods(facts, self._period))
        self._segments.append(segment)
        with _room_for_facts():
            self._file.write(("\n".join(lines) + "\n").encode("utf-8"))
        self._lines += len(facts)
        scope = [facts.columns.get(name, nothing) for name in self.scope_columns]
        self._add_scopes(dict.fromkeys(zip(*scope, strict=True), file))

    @property
    def count(self) -> int:
        """How many facts were appended so far."""
        return self._lines

    def written(self) -> Written:
        """Give the state of the spool; all of its text is in the file then."""
        with _room_for_facts():
            self._file.flush()
        return Written(
            tuple(self._columns),
            self._lines,
            self._scopes,
            self._profiles,
            tuple(self._segments),
            self._period,
            self._periods,
        )

    def take_over(self, written: Written, file: IO[bytes]) -> bool:
        """Append what another spool has written to ``file``. False: it tells periods otherwise.

        Raises DataError as :meth:`append` where a scope is another workbook's.
        """
        if not written.count:
            return True
        if self._lines and self._period != written.period_column:
            return False
        self._period = written.period_column
        self._add_periods(written.periods)
        self._add_scopes(written.scopes)
        for name, profile in written.profiles.items():
            earlier = self._profiles.get(name, NOTHING if self._lines else profile)
            self._profiles[name] = earlier.joined(profile)
        own = len(self._columns)
        if not own or (tuple(self._columns) == written.columns and all(each.width == own for each in written.segments)):
            self._copy(written, file)
        else:
            self._rearrange(written, file)
        self._lines += written.count
        return True

    def _copy(self, written: Written, file: IO[bytes]) -> None:
        self._columns.update(dict.fromkeys(written.columns))
        offset = self._file.tell()
        self._segments += [
            replace(segment, first_line=segment.first_line + self._lines, offset=segment.offset + offset)
            for segment in written.segments
        ]
        file.seek(0)
        with _room_for_facts():
            shutil.copyfileobj(file, self._file, _COPIED)

    def _rearrange(self, written: Written, file: IO[bytes]) -> None:
        """Write facts of which columns are missing, are new, or have another order, as :meth:`append` would have."""
        end = file.seek(0, 2)
        for segment, next_offset in zip(
            written.segments, [*(each.offset for each in written.segments[1:]), end], strict=True
        ):
            names = written.columns[: segment.width]
            self._columns.update(dict.fromkeys(names))
            places = {name: place for place, name in enumerate(names)}
            for name in self._columns.keys() - places.keys():
                self._profiles[name] = self._profiles[name].joined(_ALL_NULL)
            # Each line gets a NULL as a last field, which stands for every missing column.
            order = itemgetter(*(places.get(name, segment.width) for name in self._columns), segment.width)
            file.seek(segment.offset)
            lines = file.read(next_offset - segment.offset).split(b"\n")[:-1]
            texts = (b"\t".join(order([*line.split(b"\t"), _NULL])[:-1]) for line in lines)
            place = self._lines + segment.first_line, self._file.tell(), len(self._columns)
            self._segments.append(replace(segment, first_line=place[0], offset=place[1], width=place[2]))
            with _room_for_facts():
                self._file.write(b"\n".join(texts) + b"\n")

    def _add_periods(self, tallies: Mapping[FactValue, PeriodTally]) -> None:
        for period, tally in tallies.items():
            known = self._periods.get(period)
            self._periods[period] = tally if known is None else known + tally

    def _add_scopes(self, files: Mapping[tuple[FactValue, ...], str]) -> None:
        for key, file in files.items():
            if self._scopes.setdefault(key, file) != file:
                raise _shared_scope(self._scopes[key], file, scope=dict(zip(self.scope_columns, key, strict=True)))

    def facts(self) -> FactRows:
        """Close the collection: everything appended so far."""
        return FactRows(
            tuple(self._columns),
            self._lines,
            self.scope_columns,
            tuple(self._scopes),
            dict(self._profiles),
            tuple(self._segments),
            self._period,
            dict(self._periods),
            self._file,
        )

    def _write_column(self, name: str, values: Sequence[FactValue], *, segment: Segment) -> list[str]:
        kinds = frozenset(map(type, values))
        try:
            texts = self._writer.texts(values, kinds)
        except Exception as error:  # of a moment whose time zone is a class of somebody's, for instance
            raise _unstorable(name, values, segment=segment) from error
        profile = profile_of(values, texts, kinds)
        known = self._profiles.get(name)
        # A column that comes later was NULL in all batches before.
        earlier = known or (NOTHING if self._lines else profile)
        self._profiles[name] = earlier.joined(profile)
        return texts


@contextmanager
def _room_for_facts() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            say(
                "the facts cannot be kept in {folder} while they are read: {strerror}. Make room there, or "
                "name another folder in TMPDIR. Nothing was touched.",
                folder=tempfile.gettempdir(),
                strerror=error.strerror,
            ),
            directory=tempfile.gettempdir(),
        ) from error


def _shared_scope(first: str, second: str, *, scope: dict[str, FactValue]) -> DataError:
    # One after the other the second would replace the first's facts; together both would stay.
    shown = ", ".join(f"{column} {value}" for column, value in scope.items())
    return DataError(
        say(
            "{first} and {second} both have facts of {shown}, and one run cannot tell which replace the "
            "other's. Run them one after the other (--file), the later last; or correct the month in one of "
            "them.",
            first=first,
            second=second,
            shown=shown,
        ),
        files=(first, second),
        scope=shown,
    ).quoting()


class Unstorable(DataError):
    """A value that PostgreSQL cannot hold: ``value`` of ``column`` at ``place``; ``why`` says so in words."""

    may_quote_values = True

    def __init__(self, place: Place, column: str, *, value: FactValue, why: str) -> None:
        super().__init__(
            say("{place}: {column}: {why}. Mend the cell and run again.", place=place, column=column, why=why),
            file=place.file,
            sheet=place.sheet,
            row=place.row,
            cell=place.cell,
            column=column,
        )
        self.place, self.column, self.value, self.why = place, column, value, why


def _unstorable(column: str, values: Sequence[FactValue], *, segment: Segment) -> Unstorable:
    for line, value in enumerate(values, start=segment.first_line):
        try:
            copy_value(value)
        except Exception as error:
            why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            return Unstorable(segment.place(line, column), column, value=value, why=why)
    raise AssertionError("a column that cannot be written has a value that cannot be written")
