"""The page of one committed run: what it did, what was forecast, and how to go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wdh.apply.history import RecordedRun
from wdh.apply.unreferenced import Unreferenced
from wdh.apply.way_back import WayBack
from wdh.report.blocks import Block, Code, Line, Section, Table
from wdh.report.terminal import counted
from wdh.words.printable import show_controls

if TYPE_CHECKING:
    from wdh.command.history_show import Again

_FORECAST = {
    "INSERT_MISSING": "inserted",
    "UPDATE_NULL_ONLY": "rows_filled",
    "DELETE": "deleted",
    "INSERT": "inserted",
    "UPSERT: inserted": "inserted",
    "UPSERT: updated": "updated",
}
"""Which count of a forecast tells the rows of an operation."""


def describe_run(
    run: RecordedRun,
    *,
    back: WayBack,
    again: Sequence[Again],
    references: Sequence[Unreferenced] | str,
) -> Iterator[Block]:
    """Show a run, the deliveries of its way back with their commands, and references without facts.

    A text in place of ``references`` says why they are not known.
    """
    yield Section(f"Run {run.run_id}", [Line(f"{name}: {text}") for name, text in _about(run)])
    yield Section("Workbooks", list(_workbooks(run)))
    yield Section("Steps", [_steps(run)])
    if run.periods is not None:
        yield Section("Facts by period", [_periods(run.periods)])
    yield Section("The way back", list(_way_back(back, again)))
    commands = [show_controls(each.command) for each in again if each.command is not None]
    if commands:
        yield Code("console", commands)
    shown = [Line(references)] if isinstance(references, str) else list(_references(references))
    if shown:
        yield Section("References of this run without a fact", shown)


def _about(run: RecordedRun) -> Iterator[tuple[str, str]]:
    took = "" if run.seconds is None else f", after {run.seconds:,.1f} s"
    yield "domain", f"{run.domain}, {run.mode}"
    yield "committed", run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") + took
    if run.database_user is not None:
        yield "by", f"{run.database_user}, as {run.os_user or 'nobody known'} on {run.host or 'a host not known'}"
    yield "with", ", ".join(f"{name} {version}" for name, version in run.versions.items())
    if run.accepted is not None:
        yield "accepted", ", ".join(run.accepted) or "nothing"
    for each in run.plugins_off or ():
        package = "" if each["package"] is None else f" ({each['package']})"
        yield "without", f"{each['plugin']}{package}, {each['why']}"
    if run.approval is not None:
        yield "approval", run.approval


def _workbooks(run: RecordedRun) -> Iterator[Line]:
    for file in run.files:
        if "sheet" in file:
            counts = f"{counted(file['facts'], 'fact')}, {counted(file['rejected'], 'rejected row')}"
            yield Line(f"{file['file']}, sheet {file['sheet']}: {counts}")
            yield Line(f"SHA-256 {file['sha256']}")


def _steps(run: RecordedRun) -> Table:
    expected = run.forecast
    headers = ("table", "step", "rows", *(() if expected is None else ("forecast",)))
    rows = []
    for name, operation, done in (each for count in run.counts for each in _parts(count)):
        cells = [name, operation.lower(), f"{done:,}"]
        if expected is not None:
            forecast = _expected(expected, operation=operation, name=name)
            cells.append("" if forecast is None else f"{forecast:,}")
        rows.append(cells)
    return Table(headers, rows, ("rows", "forecast"))


def _parts(count: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Give the table, the operation and the rows of a step; an upsert has two kinds of them."""
    name, operation = str(count["table"]), str(count["operation"])
    parts = [part for part in ("inserted", "updated") if part in count]
    if not parts:
        yield name, operation, int(count["rows"])
    yield from ((name, f"{operation}: {part}", int(count[part])) for part in parts)


def _expected(forecast: Mapping[str, Any], *, operation: str, name: str) -> int | None:
    facts = forecast["facts"]
    parts = [*forecast["references"], *([] if facts is None else [facts])]
    key = _FORECAST.get(operation)
    return next((int(part[key]) for part in parts if key in part and part["table"] == name), None)


def _periods(periods: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = []
    for period in periods["periods"]:
        first = [str(period["period"] or "all"), f"{period['facts']:,}"]
        for name, total in list(period["sums"].items()) or [("", "")]:
            rows.append((*first, name, total))
            first = ["", ""]
    return Table((str(periods["column"] or "period"), "facts", "amount", "sum"), rows, ("facts", "sum"))


def _way_back(back: WayBack, again: Sequence[Again]) -> Iterator[Line]:
    for each in (one.delivery for one in again):
        when = each.run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        yield Line(f"The facts it replaced came from {each.file}, by run {each.run.run_id} of {when}.")
        yield Line(f"SHA-256 {each.sha256}")
        place = f"It lies at {each.path}." if each.path else "No file of this hash lies below the data directory."
        yield Line(f"{place}")
    if back.why_not is not None:
        yield Line(f"No delivery brings the facts back as they were: {back.why_not}.")
        return
    if back.new:
        yield Line(f"{counted(back.new, 'scope')} had no facts of an earlier run, and will keep those of this one.")
    for one in again:
        if one.command is not None and one.doubt is not None:
            yield Line(f"{one.delivery.file} may give other facts than it did: {one.doubt}. Compare the forecast.")
    if all(one.command is None for one in again):
        yield Line("None of these can be loaded again from here.")
        return
    yield Line("To load again, in this order; once the forecast is as wanted, with --execute instead of --forecast:")


def _references(found: Sequence[Unreferenced]) -> Iterator[Line]:
    for each in found:
        if each.why_not is not None:
            yield Line(f"{each.reference}: not known, as {each.why_not}")
        elif each.rows:
            keys = "; ".join(", ".join(part or "NULL" for part in key) for key in each.keys)
            more = "" if each.rows == len(each.keys) else "; …"
            yield Line(f"{each.reference}, {counted(each.rows, 'row')} of {each.table}: {keys}{more}")
