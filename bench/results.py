"""What was measured, as the text of RESULTS.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median

from parts import Parts
from race import Race, Result
from targets import show_targets
from warehouse import TABLES

_INTRODUCTION = """# What was measured

By `tox -e bench`. Every run is a process of its own, from its start to its end, on the same workbook and the same
PostgreSQL, in a fresh database with the tables and indexes that `wdh ddl` prints; the contestants take turns, round
after round, after a warm-up. CPU and peak memory are the client's: those of the process and its children, the peak
that of the largest of them. The server's work shows in the wall time alone. Figures are medians (minimum–maximum).

There are two kinds of workbooks with the same rows. *plain*: texts in a part of their own, as Excel saves them, and
amounts without a number format. *formats*: texts in their cells, as openpyxl and other programs write them, and
amounts shown as `#,##0.00`. Dates, rates and some codes have their formats in both.
"""
_PEERS = """
Peers do what a person would write with that tool for this job; `bench/peers` has them, each with what it leaves out,
which makes it faster. None of them names a cell, holds a lock, records a run or checks before it writes. Codes that
the workbook shows through a number format (0012) arrive without their zeros (12) wherever a peer reads by pandas or
openpyxl values, and so does a reference that does not exist; where the counts differ from what is right, the table
says so. polars and DuckDB read every cell as text, so that they lose no number by a guess, and make NULL of cells
with an error. dlt and pangres keep the facts in tables of their own, without the warehouse's indexes.
"""
_FLOOR = """The floor only reads and copies. The rest is what makes the difference: the look over the XML, by which the
fast reader is known to be exact and hidden rows and formats are found; cleaning; deriving; keeping the facts until the
plan is complete, so that COPY never begins before everything was read. Two processes share all but the start and COPY.
"""


def show_results(races: Sequence[Race], parts: Parts, *, machine: str, peers: Sequence[str], repeats: int) -> str:
    """Draw everything."""
    sections = [_INTRODUCTION, "## With what\n", machine + f"- peers: {', '.join(peers)}\n"]
    sections += ["## What was to be reached\n", show_targets(races, parts)]
    for race in races:
        sections += [f"## {race.rows:,} rows, {race.kind}, median of {repeats}\n", show_race(race)]
    if any(result.contestant.is_peer for race in races for result in race.results.values()):
        sections.append(_PEERS.lstrip())
    if parts.stages:
        sections += [f"## Where the time of {parts.profiled:,} rows goes\n", show_stages(parts)]
    if parts.timings:
        sections += ["## The parts\n", *show_parts(parts)]
    return "\n".join(sections)


def show_race(race: Race) -> str:
    """Draw the table of one size."""
    wdh = race.wall("wdh")
    lines = ["| | wall s | CPU s | peak MB | wall, wdh = 1 | arrived |", "|---|---|---|---|---|---|"]
    lines += [_row(result, race, wdh=wdh) for result in race.results.values()]
    return "\n".join(lines) + "\n"


def _row(result: Result, race: Race, *, wdh: float | None) -> str:
    title = result.contestant.title
    if not result.runs:
        return f"| {title} | failed | | | | {_harmless(result.failure)} |"
    ratio = f"{result.wall / wdh:.2f}" if wdh else ""
    return (
        f"| {title} | {_spread(result.values('wall'), 2)} | {_spread(result.values('cpu'), 2)} "
        f"| {_spread(result.values('peak'), 0)} | {ratio} | {_arrived(result, race)} |"
    )


def _harmless(failure: str) -> str:
    """Shorten a failure to what a table can hold and everybody may read: no paths."""
    return re.sub(r"/\S+", "…", failure).replace("|", " ")[:120]


def _spread(values: Sequence[float], digits: int) -> str:
    middle = f"{median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def _arrived(result: Result, race: Race) -> str:
    """Say which tables have another number of rows than they should, none of it silently."""
    wrong = [
        f"{table} {found:,}, not {right:,}"
        for table, found, right in zip(TABLES, result.arrived, race.expected, strict=True)
        if found != right
    ]
    return "; ".join(wrong) or "all"


def show_stages(parts: Parts) -> str:
    """Draw the profile: every stage alone in one process, and the run itself by the clock."""
    alone, whole = parts.stages["alone"], parts.stages["run"]
    return "\n".join((_profile("alone in one process", alone), _profile("the run by the clock", whole), _FLOOR))


def _profile(title: str, seconds: Mapping[str, float]) -> str:
    total = sum(seconds.values())
    lines = [f"| {title} | s | share |", "|---|---|---|"]
    lines += [f"| {name} | {found:.2f} | {found / total:.0%} |" for name, found in seconds.items()]
    return "\n".join([*lines, f"| all | {total:.2f} | |", ""])


def show_parts(parts: Parts) -> Iterator[str]:
    """Draw the micro benches, one table per group and size, and how a process starts."""
    for (group, rows), timings in groupby(parts.timings, key=lambda timing: (timing.group, timing.rows)):
        lines = [f"**{group}, {rows:,} rows**\n", "| | s | rows/s | |", "|---|---|---|---|"]
        for timing in timings:
            speed = rows / timing.median
            lines.append(f"| {timing.case} | {_spread(timing.seconds, 3)} | {speed:,.0f} | {timing.note} |")
        yield "\n".join(lines) + "\n"
    yield "**Start-up**\n\n| | wall s | peak MB |\n|---|---|---|\n" + "".join(_starts(parts))
    late = ", ".join(parts.imported)
    yield f"`wdh-run --help` imports {late}.\n" if late else "`wdh-run --help` imports neither psycopg2 nor openpyxl.\n"


def _starts(parts: Parts) -> Iterator[str]:
    for name, runs in (("`wdh-run --help`", parts.help_runs), ("an unchanged workbook, skipped", parts.skips)):
        if runs:
            wall, peak = ([getattr(run, kind) for run in runs] for kind in ("wall", "peak"))
            yield f"| {name} | {_spread(wall, 3)} | {_spread(peak, 0)} |\n"
