"""The page of a run: planned, forecast, executed, left out or failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wdh.apply.forecast import ChangeList
from wdh.apply.history import RecordedRun
from wdh.page.changes import show_changes
from wdh.page.intake import count_rejected, show_notes, show_rejects, show_sheets, show_totals
from wdh.page.months import show_months
from wdh.page.parts import Column, Figure, Lines, Page, Part, Section, Table, Tone
from wdh.page.rendering import render
from wdh.page.rows import show_rows
from wdh.page.steps import show_stages, show_statements
from wdh.page.warehouse import show_facts, show_guards, show_outcome, show_references
from wdh.page.words import Text, both, both_count, write_seconds

Document = Mapping[str, Any]


def render_run(
    document: Document,
    *,
    history: Sequence[RecordedRun] = (),
    changes: ChangeList | None = None,
    made_at: str,
) -> bytes:
    """Write the page of a run: ``document`` is its report, also that of one that failed.

    ``history`` are the latest runs of its domain, the newest first. ``changes`` are all changes of references; None:
    only the samples of ``document`` are known.
    """
    failed = "error" in document
    page = _failed(document) if failed else _made(document, history, changes)
    return render(page, made_at=made_at)


def _failed(document: Document) -> Page:
    error = document["error"]
    unknown = document["executed"] is None
    rejects = {"notes": (), "remarks": (), "workbooks": (), **document}
    sections = [
        *_read(rejects),
        *show_guards(document.get("guards", ()), executed=True),
        *show_rejects(rejects),
        *show_totals(rejects),
        *show_notes(rejects),
    ]
    what = (
        both(
            "The connection was lost during COMMIT: nobody knows yet whether the run is in the warehouse. Run it again."
        )
        if unknown
        else both("The run failed. Nothing of it is in the warehouse.")
    )
    return Page(
        document["domain"] or "wdh",
        both("outcome unknown") if unknown else both("failed"),
        "bad",
        [what, error["message"]],
        list(_count_rows(rejects)),
        [(both("exit code"), str(error["exit_code"])), (both("error"), error["kind"])],
        sections,
    )


def _made(document: Document, history: Sequence[RecordedRun], changes: ChangeList | None) -> Page:
    state, tone = _state(document)
    facts = None if document["forecast"] is None else document["forecast"]["facts"]
    done = document["executed"]
    sections = [
        *_read(document),
        *show_guards(document["guards"], executed=done, unneeded=document["accept_unneeded"]),
        *show_rejects(document),
        *show_references(() if document["forecast"] is None else document["forecast"]["references"]),
        *(_planned(document) if facts is None else [show_facts(facts, executed=done)]),
        *_unknown(document),
        *show_outcome(document),
        *show_months(history, marked=document["run_id"] if done else None, planned=_to_load(document)),
        *show_totals(document),
        *show_changes(document, changes),
        *show_notes(document),
        *show_stages(document),
        *show_statements(document),
    ]
    return Page(
        document["domain"],
        state,
        tone,
        list(_lead(document)),
        [*_count_rows(document), *_count_changes(document)],
        list(_about(document)),
        sections,
    )


def _read(document: Document) -> Iterator[Section]:
    heading = both("What was read") if "error" in document else both("From the files to the warehouse")
    if document["workbooks"]:
        flow = show_rows(document)
        parts: list[Part] = [show_sheets(document)]
        yield Section("rows", heading, parts if flow is None else [flow, *parts])


def _to_load(document: Document) -> Document | None:
    return document["periods"] if document["facts"]["loaded"] or not document["executed"] else None


def _state(document: Document) -> tuple[Text, Tone]:
    if document["unchanged_since"] is not None:
        return both("unchanged, left out"), "quiet"
    if document["executed"]:
        if document["vetoes"]:
            return both("committed without its facts"), "warn"
        return (both("committed, rows are missing"), "warn") if document["rejects"] else (both("committed"), "good")
    if any(each["refuses"] and not each["accepted"] for each in document["guards"]):
        return both("plan, which a guard would refuse"), "warn"
    return (both("plan only") if document["forecast"] is None else both("forecast")), "quiet"


def _lead(document: Document) -> Iterator[Text]:
    if document["unchanged_since"] is not None:
        yield both(
            "Nothing was read or written: workbooks, configuration and code are as in the run {run}.",
            run=document["unchanged_since"],
        )
        return
    sheets = {each["path"] for each in document["workbooks"]}
    books = both_count("{count} workbook", "{count} workbooks", len(sheets))
    if document["executed"]:
        yield from _say_done(document, books)
    else:
        yield from _say_planned(document, books)
    if document["rejects"]:
        yield both_count(
            "{count} row is missing: a cell of it could not be understood.",
            "{count} rows are missing: a cell of each could not be understood.",
            count_rejected(document),
        )
    elif document["workbooks"]:
        yield both("No row was rejected.")
    differing = [each for each in document["workbooks"] if each["totals_agreed"] < each["totals_checked"]]
    if differing:
        yield both_count(
            "The totals of {count} sheet differ from its facts.",
            "The totals of {count} sheets differ from their facts.",
            len(differing),
        )


def _say_done(document: Document, books: Text) -> Iterator[Text]:
    facts = document["facts"]
    if not facts["loaded"]:
        yield both("The references were backfilled; no facts were loaded.")
        yield from facts["vetoed"]
    else:
        rows = both_count("{count} fact", "{count} facts", facts["inserted"] + facts.get("updated", 0))
        yield both("{rows} of {books} are in the warehouse.", rows=rows, books=books)
        deleted = sum(step["rows"] for step in document["steps"] if step["operation"] == "DELETE")
        if deleted:
            yield both_count("They replaced {count} fact that was there.", "They replaced {count} facts.", deleted)
    new, filled = _backfilled(document)
    if new or filled:
        yield both("References got {new} new rows, and {filled} rows had blanks filled.", new=new, filled=filled)


def _say_planned(document: Document, books: Text) -> Iterator[Text]:
    yield both("Nothing was written.")
    forecast, read = document["forecast"], sum(each["facts"] for each in document["workbooks"])
    if forecast is None:
        facts = both_count("{count} fact", "{count} facts", read)
        yield both(
            "The plan would load {facts} of {books}; the warehouse was not asked what that would change.",
            facts=facts,
            books=books,
        )
    else:
        changes = both_count("{count} row", "{count} rows", forecast["changes"])
        yield both(
            "Applied to the warehouse as it stood, the plan for {books} would change {changes}.",
            books=books,
            changes=changes,
        )
    yield from document["vetoes"]
    yield both("To apply it, run the same command with --execute.")


def _backfilled(document: Document) -> tuple[int, int]:
    steps = [step for step in document["steps"] if "ref" in step]
    new, filled = (
        sum(step["rows"] or 0 for step in steps if step["operation"] == operation)
        for operation in ("INSERT_MISSING", "UPDATE_NULL_ONLY")
    )
    return new, filled


def _count_rows(document: Document) -> Iterator[Figure]:
    sheets, rejected = document["workbooks"], count_rejected(document)
    if not sheets and not rejected:
        return
    if sheets:
        yield Figure(sum(each["data_rows"] for each in sheets), both("data rows read"), href="#rows")
        yield Figure(sum(each["facts"] for each in sheets), both("facts"), href="#rows")
    yield Figure(
        rejected, both("rows rejected"), "bad" if rejected else "quiet", href="#rejects" if rejected else "#rows"
    )


def _count_changes(document: Document) -> Iterator[Figure]:
    forecast = document["forecast"]
    if document["executed"]:
        new, filled = _backfilled(document)
        yield Figure(new, both("new reference rows"), href="#stages")
        yield Figure(filled, both("reference rows filled"), href="#stages")
    elif forecast is not None:
        yield Figure(sum(each["inserted"] for each in forecast["references"]), both("new reference rows"))
        yield Figure(sum(each["rows_filled"] for each in forecast["references"]), both("reference rows filled"))


def _about(document: Document) -> Iterator[tuple[Text, Text]]:
    if document["database"] is not None:
        yield both("warehouse"), document["database"]
    if document["run_id"] is not None:
        yield both("run"), document["run_id"]
    if document["approval"] is not None:
        yield both("approval"), document["approval"]
    yield both("took"), write_seconds(document["seconds"])
    for each in document["plugins_off"]:
        yield both("without plugin"), f"{each['plugin']}: {each['why']}"


def _planned(document: Document) -> Iterator[Section]:
    """Show the facts that are to be loaded by period, where the warehouse was not asked."""
    periods = document["periods"]
    if periods is None or not periods["periods"]:
        return
    amounts = list(dict.fromkeys(name for each in periods["periods"] for name in each["sums"]))
    columns = (
        Column(periods["column"] or both("period")),
        Column(both("facts"), is_number=True),
        *(Column(both("sum of {amount}", amount=name), is_number=True) for name in amounts),
    )
    rows = [
        (each["period"] or both("all"), each["facts"], *(_write(each["sums"].get(name)) for name in amounts))
        for each in periods["periods"]
    ]
    yield Section("facts", both("Facts to load"), [Table(both("Facts by period"), columns, rows)])


def _write(total: str | None) -> str | None:
    if total is None:
        return None
    whole, point, part = total.partition(".")
    return f"{int(whole):,}{point}{part}" if whole.lstrip("-").isdigit() else total


def _unknown(document: Document) -> Iterator[Section]:
    unknown = () if document["forecast"] is None else document["forecast"]["unknown"]
    if unknown:
        yield Section("unknown", both("Not counted"), [Lines([f"{sentence}." for sentence in unknown])])
