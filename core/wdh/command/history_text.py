"""One committed run for the terminal: what it did, what was forecast, and how to go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from wdh.apply.history import RecordedRun
from wdh.apply.unreferenced import Unreferenced
from wdh.apply.way_back import WayBack
from wdh.report.terminal import counted, plain, section, table
from wdh.run.deliveries import Delivery
from wdh.words.printable import show_controls

_FORECAST = {"INSERT_MISSING": "inserted", "UPDATE_NULL_ONLY": "rows_filled", "DELETE": "deleted", "INSERT": "inserted"}
"""Which count of a forecast tells the rows of an operation."""


def draw_run(
    run: RecordedRun,
    *,
    back: WayBack,
    deliveries: Sequence[tuple[Delivery, str | None]],
    references: Sequence[Unreferenced] | str,
) -> Iterator[RenderableType]:
    """Draw a run, the ``deliveries`` of its way back with their commands, and references without facts.

    A text in place of ``references`` says why they are not known.
    """
    yield Text(f"Run {run.run_id}", style="bold")
    yield from section("About", _table("", "", _about(run)))
    yield from section("Workbooks", *_workbooks(run))
    yield from section("Steps", _steps(run))
    if run.periods is not None:
        yield from section("Facts by period", _periods(run.periods))
    yield from section("The way back", *_way_back(back, deliveries))
    for _, command in deliveries:
        if command is not None:  # in one piece, to be copied
            yield Text(show_controls(command), no_wrap=True, overflow="ignore")
    shown = [plain(references)] if isinstance(references, str) else list(_references(references))
    if shown:
        yield from section("References of this run without a fact", *shown)


def _about(run: RecordedRun) -> Iterator[tuple[str, str]]:
    took = "" if run.seconds is None else f", after {run.seconds:,.1f} s"
    yield "domain", f"{run.domain}, {run.mode}"
    yield "committed", run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") + took
    if run.database_user is not None:
        yield "by", f"{run.database_user}, as {run.os_user or 'nobody known'} on {run.host or 'a host not known'}"
    yield "with", ", ".join(f"{name} {version}" for name, version in run.versions.items())
    if run.accepted is not None:
        yield "accepted", ", ".join(run.accepted) or "nothing"
    if run.approval is not None:
        yield "approval", run.approval


def _workbooks(run: RecordedRun) -> Iterator[RenderableType]:
    for file in run.files:
        if "sheet" in file:
            counts = f"{counted(file['facts'], 'fact')}, {counted(file['rejected'], 'rejected row')}"
            yield plain(f"{file['file']}, sheet {file['sheet']}: {counts}")
            yield plain(f"  SHA-256 {file['sha256']}")


def _steps(run: RecordedRun) -> RenderableType:
    expected = run.forecast
    headers = ("table", "step", "rows", *(() if expected is None else ("forecast",)))
    drawn = table(*headers, numbers=("rows", "forecast"))
    for count in run.counts:
        cells = [str(count["table"]), str(count["operation"]).lower(), f"{count['rows']:,}"]
        if expected is not None:
            forecast = _expected(expected, operation=str(count["operation"]), name=str(count["table"]))
            cells.append("" if forecast is None else f"{forecast:,}")
        drawn.add_row(*map(plain, cells))
    return drawn


def _expected(forecast: Mapping[str, Any], *, operation: str, name: str) -> int | None:
    facts = forecast["facts"]
    parts = [*forecast["references"], *([] if facts is None else [facts])]
    key = _FORECAST.get(operation)
    return next((int(part[key]) for part in parts if key in part and part["table"] == name), None)


def _periods(periods: Mapping[str, Any]) -> RenderableType:
    drawn = table(str(periods["column"] or "period"), "facts", "amount", "sum", numbers=("facts", "sum"))
    for period in periods["periods"]:
        first = [str(period["period"] or "all"), f"{period['facts']:,}"]
        for name, total in list(period["sums"].items()) or [("", "")]:
            drawn.add_row(*map(plain, (*first, name, total)))
            first = ["", ""]
    return drawn


def _way_back(back: WayBack, deliveries: Sequence[tuple[Delivery, str | None]]) -> Iterator[RenderableType]:
    for each, _ in deliveries:
        when = each.run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        yield plain(f"The facts it replaced came from {each.file}, by run {each.run.run_id} of {when}.")
        yield plain(f"  SHA-256 {each.sha256}")
        place = f"It lies at {each.path}." if each.path else "No file of this hash lies below the data directory."
        yield plain(f"  {place}")
    if back.why_not is not None:
        yield plain(f"No delivery brings the facts back as they were: {back.why_not}.")
        return
    if back.new:
        yield plain(f"{counted(back.new, 'scope')} had no facts before, and will keep those of this run.")
    if all(command is None for _, command in deliveries):
        yield plain("None of these can be loaded again from here.")
        return
    yield plain("To load again, in this order; once the forecast is as wanted, with --execute instead of --forecast:")


def _references(found: Sequence[Unreferenced]) -> Iterator[RenderableType]:
    for each in found:
        if each.why_not is not None:
            yield plain(f"{each.reference}: not known, as {each.why_not}")
        elif each.rows:
            keys = "; ".join(", ".join(part or "NULL" for part in key) for key in each.keys)
            more = "" if each.rows == len(each.keys) else "; …"
            yield plain(f"{each.reference}, {counted(each.rows, 'row')} of {each.table}: {keys}{more}")


def _table(left: str, right: str, rows: Iterator[tuple[str, str]]) -> RenderableType:
    drawn = table(left, right)
    drawn.show_header = False
    for row in rows:
        drawn.add_row(*map(plain, row))
    return drawn
