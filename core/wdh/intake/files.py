"""One workbook of a run: its sheets are opened and collected, in this process or ahead of it in another."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Generator
from contextlib import closing
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

from wdh.discovery import Fetched
from wdh.domain.loading import DomainSource, declared_columns
from wdh.facts.spool import Spool
from wdh.intake.collecting import Collector, OpenWorkbook, WholeIntake
from wdh.intake.sharing import IntakeJob, SharedSheet
from wdh.intake.tally import WorkbookTally
from wdh.logs import Event, keeping, log_again
from wdh.mending.mark import is_header
from wdh.mending.recognising import refuse_unmarked
from wdh.process import observation, progress
from wdh.process.crew import Parcel
from wdh.process.cycles import unsearched
from wdh.registry import conduct
from wdh.registry.hooks import Hooks
from wdh.reshaping import Origin, make_reshaping
from wdh.settings import Domain, Limits
from wdh.workbook import Sheet, Workbook, open_sheets

OnRows = Callable[[str, int], None]
"""A caller's function that is told the name of a file and how many more of its rows were read."""

OnSheet = Callable[[WorkbookTally, int], None]
"""A caller's function that is told of each sheet, before it is read, and of its place in the run. It may raise."""

_PATTERN = "*?["


class FileSource(Struct, frozen=True):
    """A workbook, and how its sheets are opened; ``is_marked`` of one that came back mended.

    ``modified`` and ``size`` are those with which it was found: one that is replaced is another one. ``origin`` is
    where one that was fetched lies; None: it lies here.
    """

    path: Path
    wanted: tuple[str | int, ...]
    reader: str
    domain: Domain
    limits: Limits
    is_marked: bool = False
    modified: datetime.datetime | None = None
    size: int | None = None
    origin: Fetched | None = None

    def open(self, *, processes: int | None) -> Generator[Sheet, None, None]:
        """Open the sheets one after the other. Close it in any case.

        ``processes`` is how many may share a large one, this one included; None: as many as there are processors.
        """
        columns = declared_columns(self.domain)
        return open_sheets(
            self.path,
            self.wanted,
            reader=self.reader,
            required_columns=self.domain.sought_columns,
            known=self._known(set() if columns is None else columns.headers),
            header=self.domain.header,
            text=self.domain.text,
            limits=self.limits,
            added=is_header if self.is_marked else None,
            processes=processes,
        )

    def _known(self, headers: Collection[str]) -> Collection[str]:
        return {*headers} - self.domain.given_columns | self.domain.corrected_headers

    def count_sheets(self) -> int:
        """Count the sheets that will be opened. Raises as opening them."""
        if len(self.wanted) == 1 and not (isinstance(self.wanted[0], str) and set(_PATTERN) & {*self.wanted[0]}):
            return 1
        with Workbook(self.path, limits=self.limits, text=self.domain.text) as book:
            return len(book.choose_sheets(self.wanted))


class FileJob(Struct, frozen=True):
    """All that a process needs to collect one workbook of a run.

    ``why`` says why it was chosen; ``name`` and ``folders`` are what it was called, and the folders it lay in, when it
    was delivered. ``ordinal`` is the place of its first sheet in the run. ``is_told``: its rows are told as they are
    read.
    """

    source: FileSource
    why: str
    name: str
    folders: tuple[str, ...]
    intake: IntakeJob
    ordinal: int
    is_told: bool = True


class FileIntake(Struct, frozen=True):
    """One workbook as another process collected it.

    ``text`` has its facts; ``events`` are those it logged, ``seen`` and ``breaches`` the reads and the breaches of the
    domain's package.
    """

    collected: WholeIntake
    text: Parcel
    events: list[Event]
    seen: observation.Sights
    breaches: conduct.Breaches

    def join(self, collector: Collector) -> bool:
        """Add it to what was collected of the workbooks before. False: it cannot be, and is to be read here."""
        with closing(self.text.file):
            if not collector.append(self.collected, self.text.file):
                return False
        observation.add_calls(self.seen)
        conduct.add(self.breaches)
        log_again(self.events)
        return True


def read_file(
    job: FileJob, collector: Collector, on_rows: OnRows, *, on_sheet: OnSheet = lambda *_: None, processes: int | None
) -> None:
    """Collect one workbook here. Raises what reading it raises; ``processes`` are as for FileSource."""
    domain, source = job.intake.domain, job.source
    with closing(source.open(processes=processes)) as sheets:
        for ordinal, sheet in enumerate(sheets, start=job.ordinal):
            if not source.is_marked:
                refuse_unmarked(sheet)
            place = source.path, sheet.file, sheet.sheet
            tally = WorkbookTally(
                *place, sheet.reader, sheet.sha256, job.why, header_row=sheet.header_row, origin=source.origin
            )
            on_sheet(tally, ordinal)
            origin = Origin(job.name, sheet.sheet, job.folders, sheet.headers, sheet.read_cell)
            reshaping = make_reshaping(domain, origin)
            shared = SharedSheet(sheet, job.intake, tally=tally, ordinal=ordinal, reshaping=reshaping)
            tell = partial(on_rows, sheet.file)
            if job.is_told:
                progress.tell("reading", sheet.file, of=sheet.expected_rows)
                tell = partial(_tell_rows, sheet, on_rows)
            batches = shared.batches(collector, tell)
            collector.collect(OpenWorkbook(tally, batches, reshaping))
            collector.conclude(reader=sheet.reader, notes=sheet.notes)
            if job.is_told:
                progress.tell("read", sheet.file)


def _tell_rows(sheet: Sheet, on_rows: OnRows, rows: int) -> None:
    on_rows(sheet.file, rows)
    progress.tell("reading", sheet.file, rows, of=sheet.expected_rows)


def collect_file(job: FileJob) -> FileIntake:
    """Collect one workbook for another process. Any error is told better by that process, which reads it then."""
    intake = job.intake
    with unsearched(), keeping() as events:
        hooks = _load(intake.hooks)
        conduct.begin()
        observation.begin()
        observation.add_calls(_seen.get(intake.domain.name, {}))
        text = Parcel.new()
        spool = Spool(intake.scope, text.file, period_columns=intake.domain.period_columns)
        collector = intake.make_collector(hooks, spool, ordinal=job.ordinal)
        read_file(job, collector, lambda *_: None, processes=1)
        seen = _seen[intake.domain.name] = observation.seen_in_calls()
        return FileIntake(collector.hand_over(), text, events, seen, conduct.breaches())


_seen: dict[str, observation.Sights] = {}
"""Reads of the calls in this process so far, by domain: a package may keep what it read for the next workbook."""


@cache
def _load(source: DomainSource) -> Hooks:
    return source.load()
