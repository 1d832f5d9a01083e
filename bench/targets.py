"""What was to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from parts import SKIP, Parts
from race import Race
from rewriting import Kind

SMALL, USUAL, LARGE = 10_000, 100_000, 500_000
MILLION = 1_000_000
_STEP = "wdh, the plan's step"
_FILL = "fill_null_only, 9 columns, half NULL"
_INSERT = "insert_missing, half present"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: ``value`` must be at least or at most ``bound``; None: it was not measured."""

    name: str
    direction: Literal["at least", "at most", "under"]
    bound: float
    value: float | None
    unit: str = "times"

    def row(self) -> str:
        """Draw the line of the table."""
        if self.value is None:
            return f"| {self.name} | {self.direction} {self.bound:g} {self.unit} | not measured | |"
        reached = "reached" if self._is_reached(self.value) else "**not reached**"
        return (
            f"| {self.name} | {self.direction} {self.bound:g} {self.unit} | {self.value:.2f} {self.unit} | {reached} |"
        )

    def _is_reached(self, value: float) -> bool:
        if self.direction == "at least":
            return value >= self.bound
        return value <= self.bound if self.direction == "at most" else value < self.bound


def show_targets(races: Sequence[Race], parts: Parts) -> str:
    """Draw the table of targets."""
    rows = [target.row() for target in (*_against_others(races), *_by_size(races), *_of_parts(parts))]
    return "\n".join(("| measure | to reach | measured | |", "|---|---|---|---|", *rows)) + "\n"


def _against_others(races: Sequence[Race]) -> Iterator[Target]:
    plain, formats = _Walls(races, USUAL, "plain"), _Walls(races, USUAL, "formats")
    small = _Walls(races, SMALL, "plain")
    for walls, how in ((plain, "plain"), (formats, "with formats")):
        yield Target(f"100k rows, {how}, against polars", "at most", 1.3, _ratio(walls["wdh"], walls["polars"]))
    yield Target("10k rows, start to end, against before", "at most", 0.65, _ratio(small["wdh"], small["before"]))
    for walls, how, bound in ((plain, "plain", 5.5), (formats, "with formats", 8)):
        yield Target(f"100k rows, {how}, against dlt's best", "at least", bound, _ratio(walls.dlt, walls["wdh"]))
    yield Target("100k rows, plain, against the floor", "at most", 1.8, _ratio(plain["wdh"], plain["floor"]))
    for peer, title in (("pandas", "pandas + to_sql (its default)"), ("handwritten", "hand-written psycopg2")):
        yield Target(f"100k rows, with formats, against {title}", "at least", 7, _ratio(formats[peer], formats["wdh"]))
    by_openpyxl = _ratio(formats.dlt, formats["wdh-openpyxl"])
    yield Target("100k rows, with formats, read by openpyxl, against dlt's best", "at least", 1.7, by_openpyxl)


class _Walls:
    """The median wall seconds of one race by contestant, None for one without runs."""

    def __init__(self, races: Sequence[Race], rows: int, kind: Kind) -> None:
        self._race = _find(races, rows, kind)

    def __getitem__(self, name: str) -> float | None:
        return None if self._race is None else self._race.wall(name)

    @property
    def dlt(self) -> float | None:
        """The better of dlt's two ways."""
        return min((wall for name in ("dlt-arrow", "dlt-dicts") if (wall := self[name])), default=None)


def _by_size(races: Sequence[Race]) -> Iterator[Target]:
    usual, large = _find(races, USUAL, "plain"), _find(races, LARGE, "plain")
    peak = None if large is None else _peak(large)
    yield Target("peak memory at 500k rows", "under", 150, peak, "MB")
    growth = None if usual is None else _ratio(peak, _peak(usual))
    yield Target("peak memory at 500k / at 100k", "at most", 1.4, growth)
    walls = [None if race is None else race.wall("wdh") for race in (large, usual)]
    yield Target("wall time at 500k / at 100k", "under", 5.5, _ratio(*walls))


def _of_parts(parts: Parts) -> Iterator[Target]:
    by_row = parts.median(_FILL, "one UPDATE per row and column", USUAL)
    for case in (_STEP, "wdh.fill_null_only"):
        value = _ratio(by_row, parts.median(_FILL, case, USUAL))
        yield Target(f"fill_null_only, 100k × 9 columns, against row-wise UPDATEs ({case})", "at least", 60, value)
    by_hand = parts.median(_INSERT, "COPY + INSERT … SELECT … ON CONFLICT by hand", MILLION)
    for case in (_STEP, "wdh.insert_missing, one batch"):
        value = _ratio(parts.median(_INSERT, case, MILLION), by_hand)
        yield Target(f"insert_missing, 1M, half present, against by hand ({case})", "at most", 1.3, value)
    forecast = parts.median("forecast", "just loaded", USUAL)
    yield Target("a forecast of 100k facts and 8k references, beyond the plan", "under", 1.0, forecast, "s")
    skip = median(run.wall for run in parts.skips) if parts.skips else None
    yield Target(f"a re-run of an unchanged workbook with `{SKIP}` ({parts.skipped:,} rows)", "under", 0.6, skip, "s")
    start = median(run.wall for run in parts.help_runs) if parts.help_runs else None
    yield Target("`wdh-run --help`", "under", 0.3, start, "s")


def _find(races: Sequence[Race], rows: int, kind: Kind) -> Race | None:
    return next((race for race in races if (race.rows, race.kind) == (rows, kind)), None)


def _peak(race: Race) -> float:
    return max(race.results["wdh"].values("peak"))


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None
