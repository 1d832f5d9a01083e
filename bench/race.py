"""All contestants on one workbook: in turn, round after round, each run in a fresh database and checked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from contestants import Arena, Contestant
from process import Failed, Run, measure
from rewriting import Kind
from warehouse import Server, count_rows, write_clean
from workbooks import Workbook

Counts = tuple[int, ...]


@dataclass(slots=True)
class Result:
    """The runs of one contestant. ``arrived`` are facts, plans and portfolios; ``failure`` is why there are no runs."""

    contestant: Contestant
    runs: list[Run] = field(default_factory=list)
    arrived: Counts = ()
    failure: str = ""

    def values(self, measure_name: str) -> list[float]:
        """Give one measure of all runs."""
        return [getattr(run, measure_name) for run in self.runs]

    @property
    def wall(self) -> float:
        """The median of the wall seconds."""
        return median(self.values("wall"))


@dataclass(frozen=True, slots=True)
class Race:
    """The results on one workbook, by contestant, and the rows that had to arrive."""

    rows: int
    kind: Kind
    expected: Counts
    results: dict[str, Result]

    def wall(self, name: str) -> float | None:
        """Give the median wall seconds of a contestant, None where it has no runs."""
        result = self.results.get(name)
        return result.wall if result is not None and result.runs else None


@dataclass(frozen=True, slots=True)
class Course:
    """Where a race is run: the server, a folder for clean files, the peers' Python."""

    server: Server
    folder: Path
    peers_python: Path

    def run(self, contestant: Contestant, workbook: Workbook) -> tuple[Run, Counts]:
        """Measure one run in a fresh database and count what arrived. Raises Failed."""
        with self.server.database() as dsn:
            arena = Arena(workbook, dsn, self.clean(workbook), self.peers_python)
            run = measure(contestant.line(arena), environment=contestant.environment)
            return run, count_rows(dsn, contestant.schema)

    def prepare(self, contestant: Contestant, workbook: Workbook) -> Counts:
        """Load once, keep what was loaded as the floor's clean files, and say how many rows there are."""
        with self.server.database() as dsn:
            arena = Arena(workbook, dsn, self.clean(workbook), self.peers_python)
            measure(contestant.line(arena), environment=contestant.environment)
            write_clean(dsn, arena.clean)
            return count_rows(dsn, contestant.schema)

    def clean(self, workbook: Workbook) -> Path:
        """Name the folder of a workbook's clean files."""
        return self.folder / f"clean-{workbook.rows}-{workbook.kind}"


def run_race(course: Course, contestants: Sequence[Contestant], *, workbook: Workbook, repeats: int) -> Race:
    """Measure every contestant ``repeats`` times, in turn; who fails once is left out from then on."""
    expected = course.prepare(contestants[0], workbook)
    assert expected[0] == workbook.rows, f"{expected[0]} facts arrived of {workbook.rows}"
    results = {contestant.name: Result(contestant) for contestant in contestants}
    workbook.path.read_bytes()  # the first to read it must not be the only one who waits for the disk
    for _ in range(repeats):
        for result in results.values():
            if not result.failure:
                _add_run(course, result, workbook=workbook)
    return Race(workbook.rows, workbook.kind, expected, results)


def warm_up(course: Course, contestants: Sequence[Contestant], *, workbook: Workbook) -> None:
    """Let everyone run once, uncounted, on a small workbook: byte code is written, libraries are in memory."""
    course.prepare(contestants[0], workbook)
    for contestant in contestants:
        try:
            course.run(contestant, workbook)
        except Failed as error:
            print(f"{contestant.name} fails: {error}", file=sys.stderr)


def _add_run(course: Course, result: Result, *, workbook: Workbook) -> None:
    name = result.contestant.name
    try:
        run, result.arrived = course.run(result.contestant, workbook)
    except Failed as error:
        result.failure = (str(error).splitlines() or ["it said nothing"])[-1]
        result.runs.clear()
        print(f"{workbook.rows:>9,} {workbook.kind:7} {name:16} failed: {error}", file=sys.stderr)
        return
    result.runs.append(run)
    measured = f"{run.wall:7.2f} s {run.peak:6.0f} MB"
    print(f"{workbook.rows:>9,} {workbook.kind:7} {name:16} {measured}", file=sys.stderr, flush=True)
