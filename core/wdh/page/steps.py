"""How it was done: stages and steps with their times, and the SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wdh.page.labels import OPERATIONS, STAGES, name_code, name_table
from wdh.page.parts import Cell, Code, Column, Part, Row, Section, Table
from wdh.page.words import both
from wdh.sql.shown import show_sql

Document = Mapping[str, Any]


def show_stages(document: Document) -> Iterator[Section]:
    """Show how long each stage took, and each step of the transaction."""
    parts: list[Part] = []
    if document["stages"]:
        columns = (
            Column(both("stage")),
            Column(both("seconds"), is_number=True),
            Column(both("share"), is_number=True),
        )
        whole = document["seconds"] or 1
        rows: list[Row] = [
            (name_code(each["name"], STAGES), f"{each['seconds']:,.2f}", f"{min(each['seconds'] / whole, 1):.0%}")
            for each in document["stages"]
        ]
        rows.append((Cell(both("the whole run")), f"{document['seconds']:,.2f}", ""))
        parts.append(Table(both("Stages of the run"), columns, rows, printed=6))
    if document["steps"]:
        parts.append(_steps(document["steps"], printed=0 if document["executed"] else 6))
    if parts:
        yield Section("stages", both("Stages and steps"), parts)


def _steps(steps: Sequence[Document], *, printed: int) -> Table:
    columns = (
        Column(both("step"), is_number=True),
        Column(both("what")),
        Column(both("table")),
        Column(both("planned"), is_number=True),
        Column(both("rows"), is_number=True),
        Column(both("seconds"), is_number=True),
    )
    rows = [
        (
            place,
            Cell(name_code(step["operation"], OPERATIONS), more=step.get("reason") or step.get("purpose") or ""),
            Cell(name_table(step), more=step.get("ref", "")),
            step.get("planned"),
            step.get("rows"),
            None if step.get("seconds") is None else f"{step['seconds']:,.3f}",
        )
        for place, step in enumerate(steps, start=1)
    ]
    return Table(both("Steps of the plan, in their order"), columns, rows, printed=printed)


def show_statements(document: Document) -> Iterator[Section]:
    """Show every statement of the plan, to be copied."""
    codes: list[Part] = []
    if document["lock"]:
        codes.append(Code(both("lock the tables"), show_sql(document["lock"] + ";")))
    for place, step in enumerate(document["steps"], start=1):
        if step["sql"]:
            text = "\n".join(statement.rstrip().removesuffix(";") + ";" for statement in step["sql"])
            what = name_code(step["operation"], OPERATIONS)
            codes.append(
                Code(
                    both("step {place}: {what}, {table}", place=place, what=what, table=name_table(step)),
                    show_sql(text),
                )
            )
    if codes:
        yield Section("sql", "SQL", codes, on_paper=False)
