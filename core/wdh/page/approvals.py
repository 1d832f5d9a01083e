"""The page of a plan that is to be approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from wdh.approval import Approval, Signature
from wdh.page.labels import MODES, OPERATIONS, name_code
from wdh.page.parts import Cell, Code, Column, Figure, Lines, Page, Part, Row, Section, Table
from wdh.page.rendering import render
from wdh.page.rows import Sheet, draw_sheets
from wdh.page.warehouse import show_facts, show_references
from wdh.page.words import Text, both, both_count
from wdh.report.approval import write_command
from wdh.sql.shown import show_sql

Content = Mapping[str, Any]
_DIGITS = 12


def render_approval(approval: Approval, signature: Signature, *, name: str, made_at: str) -> bytes:
    """Write the page of the document ``name``. It says what the document says; nobody asks the warehouse."""
    return render(_page(approval, signature, name=name), made_at=made_at)


def _page(approval: Approval, signature: Signature, *, name: str) -> Page:
    content = approval.content
    run, forecast = content["run"], content["forecast"]
    facts, references = _facts(forecast["facts"]), [_reference(*each) for each in forecast["references"].items()]
    apply: list[Part] = [
        Code(both("command"), write_command(approval, name)),
        Lines([both("This plans again from the same files, and applies the plan only if it is still the one above.")]),
    ]
    sections = [
        _read(content["workbooks"]),
        *_references(references),
        *([] if facts is None else [show_facts(facts, executed=False)]),
        *_unknown(forecast["unknown"]),
        Section("stages", both("Steps"), [_steps(content["plan"]["steps"])]),
        Section("code", both("What it was made by"), [_plugins(content)]),
        Section("warehouse", both("Warehouse"), list(_warehouse(content["warehouse"])), on_paper=False),
        Section("apply", both("To apply it"), apply),
        *_statements(content["plan"]["steps"]),
    ]
    return Page(
        run["domain"],
        both("plan to be approved"),
        "warn",
        [_lead(content), both("Signature: {signature}.", signature=signature.value)],
        list(_figures(content)),
        [
            (both("approval"), approval.id),
            (both("made at"), approval.made_at),
            (both("mode"), name_code(run["mode"], MODES)),
            (both("warehouse"), content["warehouse"]["database"]),
        ],
        sections,
    )


def _lead(content: Content) -> Text:
    files = len({each["sha256"] for each in content["workbooks"]})
    books = both_count("{count} workbook", "{count} workbooks", files)
    facts = content["forecast"]["facts"]
    if facts is None:
        return both("This plan would backfill references from {books}, and load no facts.", books=books)
    return both(
        "This plan would load {books} into {table}: {inserted} facts come in, {deleted} go.",
        books=books,
        table=facts["table"],
        inserted=facts["inserted"],
        deleted=facts["deleted"],
    )


def _figures(content: Content) -> Iterator[Figure]:
    facts, references = content["forecast"]["facts"], content["forecast"]["references"].values()
    rejected = sum(each["rejected"] for each in content["workbooks"])
    if facts is not None:
        yield Figure(facts["inserted"], both("facts in"), href="#facts")
        yield Figure(facts["deleted"], both("facts out"), href="#facts")
    yield Figure(rejected, both("rows rejected"), "bad" if rejected else "quiet", href="#rows")
    yield Figure(sum(each["inserted"] for each in references), both("new reference rows"), href="#references")
    yield Figure(sum(each["rows_filled"] for each in references), both("reference rows filled"), href="#references")


def _read(workbooks: Sequence[Content]) -> Section:
    sheets = [
        Sheet(each["file"], each["sheet"], {"facts": each["facts"], "rejects": each["rejected"]}) for each in workbooks
    ]
    flow = draw_sheets(sheets)
    table = _workbooks(workbooks)
    return Section("rows", both("From the files to the warehouse"), [table] if flow is None else [flow, table])


def _workbooks(workbooks: Sequence[Content]) -> Table:
    columns = (
        Column(both("workbook")),
        Column(both("facts"), is_number=True),
        Column(both("rejected"), is_number=True),
        Column("SHA-256", is_value=True),
    )
    rows = [
        (Cell(each["file"], more=each["sheet"]), each["facts"], each["rejected"], each["sha256"][:_DIGITS])
        for each in workbooks
    ]
    return Table(both("Sheets that were read"), columns, rows)


def _reference(name: str, counts: Content) -> dict[str, Any]:
    """Give the counts of a reference in the form of a report."""
    return {**counts, "ref": name, "schema": None, "differing": counts["disagreeing"]}


def _references(references: Sequence[Content]) -> Iterator[Section]:
    told = both(
        "An approval holds counts, and no key or value of a reference: wdh-run with --forecast and --report-dir lists "
        "each change."
    )
    for section in show_references(references):
        yield replace(section, parts=[*section.parts, Lines([told])])


def _facts(facts: Content | None) -> dict[str, Any] | None:
    """Give the counts of the facts in the form of a report."""
    if facts is None:
        return None
    periods = [
        {
            "updated": 0,
            **each,
            "period": name,
            "after": each["before"] - each["deleted"] + each["inserted"] + each.get("moved", 0),
            "amounts": each.get("sums", {}),
        }
        for name, each in facts["periods"].items()
    ]
    return {**facts, "schema": None, "key": "updated" in facts, "periods": periods, "left_behind": ()}


def _unknown(sentences: Sequence[str]) -> Iterator[Section]:
    if sentences:
        yield Section("unknown", both("Not counted"), [Lines([f"{sentence}." for sentence in sentences])])


def _steps(steps: Sequence[Content]) -> Table:
    columns = (
        Column(both("step"), is_number=True),
        Column(both("what")),
        Column(both("table")),
        Column(both("rows"), is_number=True),
    )
    rows: list[Row] = [
        (place, name_code(step["operation"], OPERATIONS), step["table"], step.get("rows"))
        for place, step in enumerate(steps, start=1)
    ]
    return Table(both("Steps of the plan, in their order"), columns, rows, printed=12)


def _plugins(content: Content) -> Table:
    columns = (Column(both("what")), Column(both("version")), Column("SHA-256", is_value=True))
    rows = [(name, each["version"], each["code"][:_DIGITS]) for name, each in content["plugins"].items()]
    rows.append((both("configuration"), "", content["configuration"][:_DIGITS]))
    rows += [(name, both("read by a package"), each[:_DIGITS]) for name, each in content.get("inputs", {}).items()]
    return Table(both("Code and configuration"), columns, rows)


def _warehouse(warehouse: Content) -> Iterator[Part]:
    told = both(
        "database {database}, latest run in {ledger}: {run}",
        database=warehouse["database"],
        ledger=warehouse["ledger"],
        run=warehouse["latest_run"] or both("none"),
    )
    yield Lines([told])
    columns = (Column(both("kind")), Column(both("name"), is_value=True), Column(both("what"), is_value=True))
    for target, traits in warehouse["targets"].items():
        rows = [(kind, name, shown.split(" · ")[0]) for kind, every in traits.items() for name, shown in every.items()]
        yield Table(target, columns, rows, finds=len(rows) > _SEARCHED)


_SEARCHED = 20


def _statements(steps: Sequence[Content]) -> Iterator[Section]:
    codes = [
        Code(
            both(
                "step {place}: {what}, {table}",
                place=place,
                what=name_code(step["operation"], OPERATIONS),
                table=step["table"],
            ),
            show_sql("\n".join(step["sql"]) + ";"),
        )
        for place, step in enumerate(steps, start=1)
        if "sql" in step
    ]
    if codes:
        yield Section("sql", "SQL", codes, on_paper=False)
