"""The page of one committed run: what it did, what was forecast, and how to go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wdh.apply.history import RecordedRun
from wdh.apply.unreferenced import Unreferenced
from wdh.apply.way_back import WayBack
from wdh.report.blocks import Block, Code, Line, Section, Table
from wdh.words.language import say, say_count
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
    yield Section(say("Run {run}", run=run.run_id), [Line(f"{name}: {text}") for name, text in _about(run)])
    yield Section(say("Workbooks"), list(_workbooks(run)))
    yield Section(say("Steps"), [_steps(run)])
    if run.periods is not None:
        yield Section(say("Facts by period"), [_periods(run.periods)])
    yield Section(say("The way back"), list(_way_back(back, again)))
    commands = [show_controls(each.command) for each in again if each.command is not None]
    if commands:
        yield Code("console", commands)
    shown = [Line(references)] if isinstance(references, str) else list(_references(references))
    if shown:
        yield Section(say("References of this run without a fact"), shown)


def _about(run: RecordedRun) -> Iterator[tuple[str, str]]:
    yield say("domain"), f"{run.domain}, {run.mode}"
    committed = run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if run.seconds is not None:
        committed = say("{time}, after {seconds} s", time=committed, seconds=f"{run.seconds:,.1f}")
    yield say("committed"), committed
    if run.database_user is not None:
        yield (
            say("by"),
            say(
                "{role}, as {account} on {host}",
                role=run.database_user,
                account=run.os_user or say("nobody known"),
                host=run.host or say("a host not known"),
            ),
        )
    yield say("with"), ", ".join(f"{name} {version}" for name, version in run.versions.items())
    if run.accepted is not None:
        yield say("accepted"), ", ".join(run.accepted) or say("nothing")
    for each in run.plugins_off or ():
        package = "" if each["package"] is None else f" ({each['package']})"
        yield say("without"), f"{each['plugin']}{package}, {each['why']}"
    if run.approval is not None:
        yield say("approval"), run.approval


def _workbooks(run: RecordedRun) -> Iterator[Line]:
    for file in run.files:
        if "sheet" in file:
            facts = say_count("{count} fact", "{count} facts", file["facts"])
            rejected = say_count("{count} rejected row", "{count} rejected rows", file["rejected"])
            yield Line(
                say(
                    "{file}, sheet {sheet}: {facts}, {rejected}",
                    file=file["file"],
                    sheet=file["sheet"],
                    facts=facts,
                    rejected=rejected,
                )
            )
            yield from _place(file)
            yield Line(f"SHA-256 {file['sha256']}")


def _place(file: Mapping[str, Any]) -> Iterator[Line]:
    """Say which file it was; an earlier wdh does not tell."""
    if "path" in file:
        told = [
            str(file["period"] or say("no month")),
            *([] if file["version"] is None else [say("version {number}", number=file["version"])]),
            *([] if file["size"] is None else [say("{size} bytes", size=f"{file['size']:,}")]),
        ]
        yield Line(say("{path}: {told}", path=show_controls(file["path"]), told=", ".join(told)))


def _steps(run: RecordedRun) -> Table:
    expected = run.forecast
    numbers = (say("rows"), *(() if expected is None else (say("forecast"),)))
    rows = []
    for name, operation, done in (each for count in run.counts for each in _parts(count)):
        cells = [name, operation.lower(), f"{done:,}"]
        if expected is not None:
            facts = expected["facts"]
            parts = [*expected["references"], *([] if facts is None else [facts])]
            key = _FORECAST.get(operation)
            forecast = next((int(part[key]) for part in parts if key in part and part["table"] == name), None)
            cells.append("" if forecast is None else f"{forecast:,}")
        rows.append(cells)
    return Table((say("table"), say("step"), *numbers), rows, numbers)


def _parts(count: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Give the table, the operation and the rows of a step; an upsert has two kinds of them."""
    name, operation = str(count["table"]), str(count["operation"])
    parts = [part for part in ("inserted", "updated") if part in count]
    if not parts:
        yield name, operation, int(count["rows"])
    yield from ((name, f"{operation}: {part}", int(count[part])) for part in parts)


def _periods(periods: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = []
    for period in periods["periods"]:
        first = [str(period["period"] or say("all")), f"{period['facts']:,}"]
        for name, total in list(period["sums"].items()) or [("", "")]:
            rows.append((*first, name, total))
            first = ["", ""]
    headers = (str(periods["column"] or say("period")), say("facts"), say("amount"), say("sum"))
    return Table(headers, rows, headers[1::2])


def _way_back(back: WayBack, again: Sequence[Again]) -> Iterator[Line]:
    for each in (one.delivery for one in again):
        when = each.run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        yield Line(
            say(
                "The facts it replaced came from {file}, by run {run} of {time}.",
                file=each.file,
                run=each.run.run_id,
                time=when,
            )
        )
        yield Line(f"SHA-256 {each.sha256}")
        if each.place:
            yield Line(say("It lies at {path}.", path=each.place))
        else:
            yield Line(say("No file of this hash lies below the data directory."))
    if back.why_not is not None:
        yield Line(say("No delivery brings the facts back as they were: {why}.", why=back.why_not))
        return
    if back.new:
        yield Line(
            say_count(
                "{count} scope had no facts of an earlier run, and will keep those of this one.",
                "{count} scopes had no facts of an earlier run, and will keep those of this one.",
                back.new,
            )
        )
    for one in again:
        if one.command is not None and one.doubt is not None:
            doubt = say(
                "{file} may give other facts than it did: {why}. Compare the forecast.",
                file=one.delivery.file,
                why=one.doubt,
            )
            yield Line(doubt)
    if all(one.command is None for one in again):
        yield Line(say("None of these can be loaded again from here."))
        return
    yield Line(
        say("To load again, in this order; once the forecast is as wanted, with --execute instead of --forecast:")
    )


def _references(found: Sequence[Unreferenced]) -> Iterator[Line]:
    for each in found:
        if each.why_not is not None:
            yield Line(say("{reference}: not known, as {why}", reference=each.reference, why=each.why_not))
        elif each.rows:
            keys = "; ".join(", ".join(part or "NULL" for part in key) for key in each.keys)
            rows = say_count("{count} row of {table}", "{count} rows of {table}", each.rows, table=each.table)
            more = "" if each.rows == len(each.keys) else "; …"
            yield Line(f"{each.reference}, {rows}: {keys}{more}")
