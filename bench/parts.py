"""The parts of a run, measured alone: micro benches, start-up, a re-run that changes nothing, and the stages."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from contestants import CONTESTANTS, Arena, program
from process import Run, children_environment, measure
from race import Course
from timing import Timing, parse
from warehouse import count_rows
from workbooks import Workbook

_HERE = Path(__file__).parent
_LATE = ("psycopg2", "openpyxl")
_USUAL = 100_000
SKIP = "--skip-unchanged"


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found. ``stages`` are the median seconds of both ways of stages.py, by stage.

    ``imported`` are the libraries that ``wdh-run --help`` imports though it must not. ``profiled`` and ``skipped``
    are the rows of the workbooks that the stages and the re-runs were measured on.
    """

    timings: tuple[Timing, ...] = ()
    help_runs: tuple[Run, ...] = ()
    imported: tuple[str, ...] = ()
    skips: tuple[Run, ...] = ()
    skipped: int = 0
    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    profiled: int = 0

    def median(self, group: str, case: str, rows: int) -> float | None:
        """Give the median of one case, None where it was not measured."""
        found = (t.median for t in self.timings if (t.group, t.case, t.rows) == (group, case, rows))
        return next(found, None)


def measure_parts(course: Course, workbooks: Sequence[Workbook], *, options: argparse.Namespace) -> Parts:
    """Measure all parts. ``workbooks`` were raced before, so that their clean files are there."""
    usual = choose_usual(workbooks)
    largest = max(workbooks, key=lambda workbook: workbook.rows)
    repeats = min(options.repeats, 3)
    timings = [
        *_sheet(usual, repeats),
        *_facts(course, usual, repeats),
        *_backfill(course, options.candidates, repeats),
        *_forecast(course, repeats),
        *_timings("micro_frames.py", str(repeats)),
    ]
    return Parts(
        timings=tuple(timings),
        help_runs=tuple(measure([program("wdh-run"), "--help"]) for _ in range(max(options.repeats, 5))),
        imported=find_late_imports(),
        skips=_skips(course, usual, options.repeats),
        skipped=usual.rows,
        stages=_stages(course, largest, repeats),
        profiled=largest.rows,
    )


def choose_usual(workbooks: Sequence[Workbook]) -> Workbook:
    """Choose the workbook of the usual size, or else the one that comes nearest."""
    return min(workbooks, key=lambda workbook: abs(workbook.rows - _USUAL))


def find_late_imports() -> tuple[str, ...]:
    """Name the libraries that ``wdh-run --help`` imports though only a run needs them."""
    command = [sys.executable, "-X", "importtime", program("wdh-run"), "--help"]
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=children_environment()).stderr
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines()}
    assert "click" in imported, "the list of imports was not understood"
    return tuple(name for name in _LATE if name in imported)


def _sheet(workbook: Workbook, repeats: int) -> Iterator[Timing]:
    return _timings("micro_sheet.py", str(workbook.path), str(workbook.configuration), str(repeats))


def _facts(course: Course, workbook: Workbook, repeats: int) -> Iterator[Timing]:
    with course.server.database() as dsn:
        yield from _timings("micro_facts.py", dsn, str(course.clean(workbook)), str(repeats))


def _backfill(course: Course, candidates: Sequence[int], repeats: int) -> Iterator[Timing]:
    with course.server.database() as dsn:
        yield from _timings("micro_backfill.py", dsn, str(repeats), *map(str, candidates))


def _forecast(course: Course, repeats: int) -> Iterator[Timing]:
    with course.server.database() as dsn:
        yield from _timings("micro_forecast.py", dsn, str(repeats))


def _timings(*command: str) -> Iterator[Timing]:
    for line in _run(*command).splitlines():
        timing = parse(line)
        print(f"{timing.group}: {timing.case}, {timing.rows:,}: {timing.median:.3f} s", file=sys.stderr)
        yield timing


def _run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(_HERE / script), *arguments]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, encoding="utf-8", env=children_environment()
    ).stdout


def _skips(course: Course, workbook: Workbook, repeats: int) -> tuple[Run, ...]:
    """Load a workbook, then run it again unchanged. Nothing where wdh-run does not know the option."""
    command = [program("wdh-run"), "--help"]
    help_text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    if SKIP not in help_text:
        return ()
    with course.server.database() as dsn:
        line = CONTESTANTS[0].line(Arena(workbook, dsn, course.clean(workbook), Path()))
        measure(line)
        before = count_rows(dsn, "public")
        runs = tuple(measure([*line, SKIP]) for _ in range(repeats))
        assert count_rows(dsn, "public") == before, f"{SKIP} changed the warehouse"
    return runs


def _stages(course: Course, workbook: Workbook, repeats: int) -> dict[str, dict[str, float]]:
    found: dict[str, list[dict[str, float]]] = {"alone": [], "run": []}
    for _ in range(repeats):
        found["alone"].append(_stage("alone", workbook))
        with course.server.database() as dsn:
            found["run"].append(_stage("run", workbook, dsn))
    return {way: {name: median(run[name] for run in runs) for name in runs[0]} for way, runs in found.items()}


def _stage(way: str, workbook: Workbook, *dsn: str) -> dict[str, float]:
    found: dict[str, float] = json.loads(
        _run("stages.py", way, str(workbook.path), str(workbook.configuration), *dsn).splitlines()[-1]
    )
    print(f"stages, {way}, {workbook.rows:,}: {found}", file=sys.stderr)
    return found
