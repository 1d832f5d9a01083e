"""The workbooks as they were read: the sheets, their rows on the way to facts, rejects, totals and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from wdh.page.labels import KINDS, name_code
from wdh.page.parts import Cell, Column, Lines, Part, Section, Table
from wdh.page.words import Text, both, both_count
from wdh.words.phrases import clip

SHOWN: Final = 1_000
"""Rows of a table of rejects or changes that a page has."""

LONGEST: Final = 200
"""Characters of a value that such a table shows; the workbook beside the page has all of them."""

Document = Mapping[str, Any]


def show_sheets(document: Document) -> Table:
    """Show each sheet with its counts of rows."""
    columns = (
        Column(both("workbook")),
        Column(both("data rows"), is_number=True),
        Column(both("facts"), is_number=True),
        Column(both("rejected"), is_number=True),
        Column(both("totals"), is_number=True),
        Column(both("blank"), is_number=True),
        Column(both("hidden"), is_number=True),
        Column("SHA-256", is_value=True),
    )
    rows = [
        (
            Cell(each["file"], more=both("sheet {sheet}", sheet=each["sheet"])),
            each["data_rows"],
            each["facts"],
            Cell(each["rejected"], "bad" if each["rejected"] else ""),
            each["totals"],
            each["blank"],
            each["hidden"],
            each["sha256"][:12],
        )
        for each in document["workbooks"]
    ]
    return Table(both("Sheets that were read"), columns, rows, finds=len(rows) > _SEARCHED, printed=3)


_SEARCHED: Final = 20


def show_rejects(document: Document) -> Iterator[Section]:
    """Show the rejects by kind and column, then cell by cell."""
    rejects = document["rejects"]
    if not rejects:
        return
    cells = len({(each["file"], each["sheet"], each["cell"] or each["row"]) for each in rejects})
    lead = both(
        "{cells} in {rows} could not be understood. These rows are not in the warehouse: mend the cells and send the "
        "workbook again.",
        cells=both_count("{count} cell", "{count} cells", cells),
        rows=both_count("{count} row", "{count} rows", count_rejected(document)),
    )
    yield Section("rejects", both("Rejects"), [Lines([lead]), _by_kind(rejects), _cells(rejects)])


def count_rejected(document: Document) -> int:
    """Count the rows that were rejected; of a run that failed behind its reading, no workbook is known."""
    if document["workbooks"]:
        return sum(int(each["rejected"]) for each in document["workbooks"])
    return len({(each["file"], each["sheet"], each["row"]) for each in document["rejects"]})


def _by_kind(rejects: Sequence[Document]) -> Table:
    counts = Counter((each["reason"], each["column"]) for each in rejects)
    first: dict[tuple[str, str | None], Document] = {}
    for each in rejects:
        first.setdefault((each["reason"], each["column"]), each)
    columns = (
        Column(both("kind of fault")),
        Column(both("column")),
        Column(both("cells"), is_number=True),
        Column(both("first at"), is_value=True),
        Column(both("value there"), is_value=True),
    )
    rows = [
        (
            Cell(name_code(kind, KINDS), more=kind if kind in KINDS else ""),
            column or both("whole row"),
            count,
            _place(first[kind, column]),
            _value(first[kind, column]["value"]),
        )
        for (kind, column), count in counts.most_common(_MOST_KINDS)
    ]
    return Table(both("By kind and column"), columns, rows, rest=_more(len(counts) - len(rows)), printed=4)


_MOST_KINDS: Final = 100


def _more(count: int) -> Text:
    return both_count("… and {count} more.", "… and {count} more.", count) if count > 0 else ""


def _cells(rejects: Sequence[Document]) -> Table:
    columns = (
        Column(both("cell"), is_value=True),
        Column(both("workbook")),
        Column(both("column")),
        Column(both("value"), is_value=True),
        Column(both("what is wrong")),
    )
    rows = [
        (
            Cell(each["cell"] or both("row {row}", row=str(each["row"])), "bad"),
            Cell(each["file"], more=each["sheet"]),
            each["column"] or "",
            _value(each["value"]),
            Cell(name_code(each["reason"], KINDS), more=each["sentence"]),
        )
        for each in rejects[:SHOWN]
    ]
    rest: Text = ""
    if len(rejects) > SHOWN:
        rest = both(
            "The first {shown} of {all} are here. All of them are in rejects.xlsx, beside this page.",
            shown=SHOWN,
            all=len(rejects),
        )
    return Table(both("Cell by cell"), columns, rows, rest=rest, finds=True, printed=3)


def _place(reject: Document) -> Cell:
    where = reject["cell"] or both("row {row}", row=str(reject["row"]))
    return Cell(where, more=f"{reject['file']} · {reject['sheet']}")


def _value(value: str | None) -> Cell:
    return Cell(both("blank"), "quiet") if value is None else Cell(clip(value, LONGEST))


def show_totals(document: Document) -> Iterator[Section]:
    """Show the total rows of each sheet, and whether they agree with the facts that they sum up."""
    found = [each for each in document["workbooks"] if each["totals"]]
    if not found:
        return
    columns = (
        Column(both("workbook")),
        Column(both("total rows"), is_number=True),
        Column(both("compared"), is_number=True),
        Column(both("agree"), is_number=True),
        Column(both("verdict")),
        Column(both("at rows"), is_value=True),
    )
    rows = [
        (
            Cell(each["file"], more=each["sheet"]),
            each["totals"],
            each["totals_checked"],
            each["totals_agreed"],
            _judge(each),
            ", ".join(_write_range(*pair) for pair in each["total_rows"][:_RANGES])
            + ("" if len(each["total_rows"]) <= _RANGES else " …"),
        )
        for each in found
    ]
    told = [note["sentence"] for note in document["notes"] if note["code"].startswith("total_")]
    parts: list[Part] = [Table(both("Totals that the sheets state, against their own facts"), columns, rows, printed=3)]
    yield Section("totals", both("Control totals"), [*parts, Lines(told)] if told else parts)


_RANGES: Final = 8


def _judge(sheet: Document) -> Cell:
    if not sheet["totals_checked"]:
        return Cell(both("nothing to compare"), "quiet")
    if sheet["totals_checked"] == sheet["totals_agreed"]:
        return Cell(both("all agree"), "good")
    return Cell(both("some differ"), "bad")


def _write_range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def show_notes(document: Document) -> Iterator[Section]:
    """Show what the operator should know though every row is a fact, and the remarks on the plan."""
    columns = (Column(both("code")), Column(both("note")), Column(both("rows"), is_number=True))
    rows = [
        (
            note["code"],
            Cell(note["sentence"], more=" · ".join(f"{case} ({count:,})" for case, count in _first(note["cases"]))),
            sum(note["cases"].values()) or None,
        )
        for note in document["notes"]
    ]
    rows += [
        (
            "unread",
            Cell(
                both("Headers that nothing reads, in {file}", file=each["file"]),
                more=", ".join(f"{cell} {header}" for header, cell in each["unread"].items()),
            ),
            None,
        )
        for each in document["workbooks"]
        if each["unread"]
    ]
    parts: list[Part] = [Lines(document["remarks"])] if document.get("remarks") else []
    if rows:
        parts.append(Table(both("About the rows"), columns, rows, printed=2))
    if parts:
        yield Section("notes", both("Notes"), parts)


def _first(cases: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return list(cases.items())[:_RANGES]
