"""The warehouse: references, facts by period, forecast and outcome, each change, and the findings of the guards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from wdh.page.labels import GUARDS, OPERATIONS, name_code, name_table
from wdh.page.parts import Cell, Column, Lines, Part, Row, Section, Table
from wdh.page.words import both, both_count

Document = Mapping[str, Any]


def show_guards(guards: Sequence[Document], *, executed: bool, unneeded: Sequence[str] = ()) -> Iterator[Section]:
    """Show what the guards found; nothing where they found nothing."""
    columns = (Column(both("guard")), Column(both("outcome")), Column(both("finding")))
    rows = [
        (
            Cell(name_code(each["name"], GUARDS), more=each["name"]),
            _verdict(each, executed=executed),
            Cell(each["sentence"], more="" if each["accepted"] else each["advice"]),
        )
        for each in guards
    ]
    parts: list[Part] = [Table(both("What the guards found"), columns, rows)] if rows else []
    parts += [_figures(each) for each in guards if each["figures"]]
    told = [both("--accept {name} was not needed: that guard found nothing.", name=name) for name in unneeded]
    if told:
        parts.append(Lines(told))
    if parts:
        yield Section("guards", both("Guards"), parts)


def _verdict(guard: Document, *, executed: bool) -> Cell:
    if guard["accepted"]:
        return Cell(both("accepted"), "warn")
    if not guard["refuses"]:
        return Cell(both("told"), "warn")
    return Cell(both("refused"), "bad") if executed else Cell(both("would refuse --execute"), "bad")


def _figures(guard: Document) -> Table:
    headings = list(guard["figures"][0])
    columns = [Column(name, is_number=isinstance(guard["figures"][0][name], int)) for name in headings]
    rows = [tuple(figure[name] for name in headings) for figure in guard["figures"]]
    more = guard["more"]
    rest = both_count("… and {count} more.", "… and {count} more.", more) if more else ""
    return Table(name_code(guard["name"], GUARDS), columns, rows, rest=rest, printed=0)


def show_references(references: Sequence[Document]) -> Iterator[Section]:
    """Show of each reference what is new, filled and different, as it was counted in the warehouse."""
    if not references:
        return
    columns = (
        Column(both("reference")),
        Column(both("keys in the workbooks"), is_number=True),
        Column(both("new"), is_number=True),
        Column(both("rows filled"), is_number=True),
        Column(both("unchanged"), is_number=True),
        Column(both("disagreeing values"), is_number=True),
    )
    rows = [_reference(each) for each in references]
    told = both("Values of the table that differ from those of the workbooks stay as they are.")
    parts: list[Part] = [Table(both("Per reference"), columns, rows, printed=5)]
    if any(sum(each["differing"].values()) for each in references):
        parts.append(Lines([told]))
    yield Section("references", both("References"), parts)


def _reference(found: Document) -> Row:
    filled = ", ".join(f"{column} {count:,}" for column, count in found["filled"].items() if count)
    differing = ", ".join(f"{column} {count:,}" for column, count in found["differing"].items() if count)
    return (
        Cell(found["ref"], more=name_table(found)),
        found["candidates"],
        Cell(found["inserted"], "good" if found["inserted"] else ""),
        Cell(found["rows_filled"], "good" if found["rows_filled"] else "", more=filled),
        found["untouched"],
        Cell(sum(found["differing"].values()), "warn" if differing else "", more=differing),
    )


def show_facts(facts: Document, *, executed: bool) -> Section:
    """Show the facts of each period before and after, and their amounts."""
    updated = bool(facts.get("key"))
    columns = [
        Column(facts["period_column"] or both("period")),
        Column(both("before"), is_number=True),
        Column(both("deleted"), is_number=True),
        Column(both("inserted"), is_number=True),
        *([Column(both("updated"), is_number=True)] if updated else []),
        Column(both("after"), is_number=True),
        Column(both("net"), is_number=True),
        Column(both("left behind"), is_number=True),
    ]
    rows: list[Row] = [
        (
            each["period"] or both("all"),
            each["before"],
            each["deleted"],
            each["inserted"],
            *([each["updated"]] if updated else []),
            each["after"],
            f"{each['after'] - each['before']:+,}" if each["after"] != each["before"] else "0",
            Cell(each["left_behind"], "warn") if each["left_behind"] else "",
        )
        for each in facts["periods"]
    ]
    what = both("Rows of {table} by period", table=name_table(facts))
    parts: list[Part] = [Table(what, columns, rows, finds=len(rows) > _SEARCHED, printed=3)]
    amounts = list(_amounts(facts["periods"]))
    if amounts:
        parts.append(_sums(facts["period_column"], amounts))
    if facts["left_behind"]:
        parts.append(_left_behind(facts))
    return Section("facts", both("Facts") if executed else both("Facts, as they would be"), parts)


_SEARCHED = 20


def _amounts(periods: Sequence[Document]) -> Iterator[Row]:
    for each in periods:
        for name, amount in each["amounts"].items():
            before, after = Decimal(amount["before"]), Decimal(amount["after"])
            change = f"{after - before:+,f}" if after != before else "0"
            yield (each["period"] or both("all"), name, f"{before:,f}", f"{after:,f}", change)


def _sums(column: str | None, rows: Sequence[Row]) -> Table:
    columns = (
        Column(column or both("period")),
        Column(both("amount")),
        Column(both("sum before"), is_number=True),
        Column(both("sum after"), is_number=True),
        Column(both("change"), is_number=True),
    )
    return Table(both("Amounts by period"), columns, rows, finds=len(rows) > _SEARCHED, printed=3)


def _left_behind(facts: Document) -> Table:
    columns = [*(Column(name) for name in facts["scope_columns"]), Column(both("facts"), is_number=True)]
    rows = [(*(part or "NULL" for part in each["scope"]), each["facts"]) for each in facts["left_behind"]]
    caption = both("Left behind: facts of these periods that the workbooks do not replace")
    others = sum(each["left_behind"] or 0 for each in facts["periods"])
    others -= sum(each["facts"] for each in facts["left_behind"])
    rest = both_count("… and {count} fact of other scopes", "… and {count} facts of other scopes", others)
    return Table(caption, columns, rows, rest=rest if others > 0 else "", printed=0)


def show_outcome(document: Document) -> Iterator[Section]:
    """Set what was forecast beside what was done, step by step."""
    if not document["executed"] or document["forecast"] is None:
        return
    foreseen = document["foreseen"]
    columns = [
        Column(both("table")),
        Column(both("step")),
        *([] if foreseen is None else [Column(both("forecast"), is_number=True)]),
        Column(both("counted under the locks"), is_number=True),
        Column(both("done"), is_number=True),
    ]
    rows: list[Row] = []
    for step in document["steps"]:
        for operation, name, rows_done in _parts_of(step):
            expected = _expect(document["forecast"], step, name)
            before = [] if foreseen is None else [_expect(foreseen, step, name)]
            is_same = expected is None or expected == rows_done
            told = Cell(rows_done, "good" if is_same else "warn")
            rows.append((name_table(step), name_code(operation, OPERATIONS), *before, expected, told))
    table = Table(both("Rows, as they were expected and as they came"), columns, rows, printed=6)
    yield Section("outcome", both("Forecast and outcome"), [table])


def _parts_of(step: Document) -> Iterator[tuple[str, str, int]]:
    """Give the operation, the count of a forecast that tells its rows, and the rows; an upsert has two kinds."""
    operation = step["operation"]
    if operation == "UPSERT":
        yield "UPSERT: inserted", "inserted", step["inserted"]
        yield "UPSERT: updated", "updated", step["updated"]
    elif "rows" in step:
        name = {"UPDATE_NULL_ONLY": "rows_filled", "DELETE": "deleted", "STATEMENT": "", "STAGE": ""}
        yield operation, name.get(operation, "inserted"), step["rows"]


def _expect(forecast: Document, step: Document, name: str) -> int | None:
    if not name:
        return None
    if "ref" in step:
        found = (each for each in forecast["references"] if each["ref"] == step["ref"])
        return next((each[name] for each in found), None)
    facts = forecast["facts"]
    return None if facts is None else facts.get(name)
