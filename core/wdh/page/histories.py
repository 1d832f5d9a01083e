"""The pages of the history: an index over the runs of a ledger, and a page for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wdh.apply.history import RecordedRun
from wdh.page.labels import MODES, OPERATIONS, name_code
from wdh.page.months import show_months
from wdh.page.parts import Cell, Column, Figure, Page, Row, Section, Table
from wdh.page.rendering import render
from wdh.page.rows import Sheet, draw_sheets
from wdh.page.words import Text, both, both_count, write_seconds

INDEX = "index.html"


def render_history(runs: Sequence[RecordedRun], *, ledger: str, made_at: str) -> Mapping[str, bytes]:
    """Write the pages by their file names: the index, and one for each of ``runs``, the newest first."""
    pages = {INDEX: render(_index(runs, ledger), made_at=made_at)}
    for place, run in enumerate(runs):
        earlier = [each for each in runs[place:] if each.domain == run.domain]
        pages[_name(run)] = render(_page(run, earlier), made_at=made_at)
    return pages


def _name(run: RecordedRun) -> str:
    return f"{run.run_id}.html"


def _index(runs: Sequence[RecordedRun], ledger: str) -> Page:
    domains = list(dict.fromkeys(run.domain for run in runs))
    columns = (
        Column(both("committed at")),
        Column(both("domain")),
        Column(both("workbooks")),
        Column(both("facts"), is_number=True),
        Column(both("rejected"), is_number=True),
        Column(both("seconds"), is_number=True),
        Column(both("by")),
        Column(both("run"), is_value=True),
    )
    sections = [
        Section(
            "runs",
            both("Runs"),
            [Table(both("The newest first"), columns, [_row(run) for run in runs], finds=True, printed=30)],
        )
    ]
    for domain in domains:
        own = [run for run in runs if run.domain == domain]
        sections += [
            Section(
                f"months-{place}", both("{heading}: {domain}", heading=section.heading, domain=domain), section.parts
            )
            for place, section in enumerate(show_months(own), start=domains.index(domain))
        ]
    figures = [
        Figure(len(runs), both("runs")),
        Figure(len(domains), both("domains")),
        Figure(sum(_sum(run, "rejected") for run in runs), both("rows rejected"), "quiet"),
    ]
    lead = both_count(
        "{count} committed run, as the ledger {ledger} has it.",
        "The latest {count} committed runs, as the ledger {ledger} has them.",
        len(runs),
        ledger=ledger,
    )
    return Page(ledger, both("history"), "quiet", [lead], figures, (), sections)


def _row(run: RecordedRun) -> Row:
    files = list(dict.fromkeys(str(file["file"]) for file in _sheets(run)))
    rejected = _sum(run, "rejected")
    more = both_count("and {count} more", "and {count} more", len(files) - 1) if len(files) > 1 else ""
    return (
        Cell(_when(run), href=_name(run)),
        Cell(run.domain, more=name_code(run.mode, MODES)),
        Cell(files[0] if files else "", more=more),
        _sum(run, "facts"),
        Cell(rejected, "bad" if rejected else ""),
        None if run.seconds is None else f"{run.seconds:,.1f}",
        run.os_user or "",
        run.run_id[:8],
    )


def _sheets(run: RecordedRun) -> Sequence[Mapping[str, Any]]:
    return [file for file in run.files if "sheet" in file]


def _sum(run: RecordedRun, name: str) -> int:
    return sum(int(file[name]) for file in _sheets(run))


def _when(run: RecordedRun) -> str:
    return run.committed_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _page(run: RecordedRun, earlier: Sequence[RecordedRun]) -> Page:
    """Make the page of a run; ``earlier`` begins with it, and goes on with those of its domain before it."""
    rejected = _sum(run, "rejected")
    facts = both_count("{count} fact", "{count} facts", _sum(run, "facts"))
    books = both_count("{count} workbook", "{count} workbooks", len({file["sha256"] for file in _sheets(run)}))
    lead: list[Text] = [both("The run read {facts} from {books}, and was committed.", facts=facts, books=books)]
    if rejected:
        lead.append(both_count("{count} row was left out.", "{count} rows were left out.", rejected))
    sections = [
        *_read(run),
        Section("outcome", both("Steps"), [_steps(run)]),
        *show_months(earlier, marked=run.run_id),
    ]
    figures = [
        Figure(_sum(run, "facts"), both("facts")),
        Figure(rejected, both("rows rejected"), "bad" if rejected else "quiet"),
    ]
    return Page(run.domain, both("committed"), "good", lead, figures, list(_about(run)), sections, home=INDEX)


def _read(run: RecordedRun) -> Iterator[Section]:
    sheets = _sheets(run)
    if not sheets:
        return
    columns = (
        Column(both("workbook")),
        Column(both("facts"), is_number=True),
        Column(both("rejected"), is_number=True),
        Column(both("totals"), is_number=True),
        Column(both("folder"), is_value=True),
        Column("SHA-256", is_value=True),
    )
    rows = [
        (
            Cell(file["file"], more=file["sheet"]),
            file["facts"],
            file["rejected"],
            file["totals"],
            file.get("folder", ""),
            file["sha256"][:12],
        )
        for file in sheets
    ]
    flow = draw_sheets(
        [
            Sheet(file["file"], file["sheet"], {kind: file[name] for kind, name in _COUNTS.items() if file[name]})
            for file in sheets
        ]
    )
    table = Table(both("Sheets that were read"), columns, rows)
    yield Section("rows", both("From the files to the warehouse"), [table] if flow is None else [flow, table])


_COUNTS = {"facts": "facts", "rejects": "rejected", "totals": "totals"}


def _steps(run: RecordedRun) -> Table:
    columns = (Column(both("table")), Column(both("step")), Column(both("rows"), is_number=True))
    rows = []
    for count in run.counts:
        parts = [part for part in ("inserted", "updated") if part in count]
        if not parts:
            rows.append((str(count["table"]), name_code(count["operation"], OPERATIONS), int(count["rows"])))
        rows += [
            (str(count["table"]), name_code(f"{count['operation']}: {part}", OPERATIONS), int(count[part]))
            for part in parts
        ]
    return Table(both("Rows that were changed"), columns, rows, printed=20)


def _about(run: RecordedRun) -> Iterator[tuple[Text, Text]]:
    yield both("run"), run.run_id
    yield both("committed at"), _when(run)
    yield both("mode"), name_code(run.mode, MODES)
    if run.seconds is not None:
        yield both("took"), write_seconds(run.seconds)
    if run.database_user is not None:
        yield both("by"), f"{run.database_user}, {run.os_user or '?'} @ {run.host or '?'}"
    yield both("versions"), ", ".join(f"{name} {number}" for name, number in run.versions.items())
    if run.accepted:
        yield both("accepted guards"), ", ".join(run.accepted)
    if run.approval is not None:
        yield both("approval"), run.approval
    for each in run.plugins_off or ():
        yield both("without plugin"), f"{each['plugin']}: {each['why']}"
