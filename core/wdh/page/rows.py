"""The way of a run's rows: from sheets to facts, rejects and totals, and on to the tables of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from wdh.page.flow import Box, draw_flow, fold
from wdh.page.labels import name_table
from wdh.page.parts import Flow
from wdh.page.words import Text, both, both_count
from wdh.words.language import later

_MOST: Final = 6
_NOTHING: Final[Mapping[str, Text]] = {}

KINDS: Final[Mapping[str, str]] = {
    "facts": later("facts"),
    "rejects": later("rejected"),
    "totals": later("totals"),
    "left": later("left out"),
}
"""The ends that a row can come to, from the top to the bottom of the drawing."""

Document = Mapping[str, Any]


class Sheet(Struct, frozen=True):
    """A sheet, and how many of its rows became what: ``facts``, ``rejects``, ``totals`` or ``left``."""

    file: str
    name: str
    rows: Mapping[str, int]


def draw_sheets(
    sheets: Sequence[Sheet], *, told: Mapping[str, Text] = _NOTHING, targets: Sequence[Box] = ()
) -> Flow | None:
    """Draw the way of the rows of sheets, and of the facts on to ``targets``; None: there is no row.

    ``told`` stands in the boxes of what the rows became, beside their number.
    """
    kinds = [kind for kind in KINDS if any(each.rows.get(kind) for each in sheets)]
    if not kinds:
        return None
    boxes = [
        Box("sheet", each.file, _rows(whole), whole, both("sheet {sheet}", sheet=each.name))
        for each in sheets
        for whole in [sum(each.rows.values())]
    ]
    more = both_count("{count} more sheet", "{count} more sheets", len(boxes) - _MOST + 1)
    rest = _rows(int(sum(box.weight for box in boxes[_MOST - 1 :])))
    sources, places = fold(boxes, _MOST, Box("sheet", more, rest, 0.0))
    first: dict[tuple[int, int], float] = {}
    for place, each in zip(places, sheets, strict=True):
        for end, kind in enumerate(kinds):
            if each.rows.get(kind):
                first[place, end] = first.get((place, end), 0.0) + each.rows[kind]
    outcomes = []
    for kind in kinds:
        count = sum(each.rows.get(kind, 0) for each in sheets)
        outcomes.append(Box(kind, both(KINDS[kind]), _rows(count), count, told.get(kind, "")))
    caption = both("The way of the rows")
    if not targets or "facts" not in kinds:
        return draw_flow(caption, [sources, outcomes], [first])
    left_over = both_count("{count} more table", "{count} more tables", len(targets) - _MOST + 1)
    kept = fold(targets, _MOST, Box("reference", left_over, "", 0.0))[0]
    second = {(kinds.index("facts"), end): target.weight for end, target in enumerate(kept)}
    return draw_flow(caption, [sources, outcomes, kept], [first, second])


def show_rows(document: Document) -> Flow | None:
    """Draw the way of the rows of a report; None: no row was read."""
    sheets = [Sheet(each["file"], each["sheet"], _split(each)) for each in document["workbooks"]]
    facts = sum(each["facts"] for each in document["workbooks"])
    agreed, checked = (
        sum(each[name] for each in document["workbooks"]) for name in ("totals_agreed", "totals_checked")
    )
    told: dict[str, Text] = {
        "rejects": both("a cell could not be understood"),
        "left": both("by a rule of the configuration"),
    }
    if facts != sum(each.rows["facts"] for each in sheets):
        told["facts"] = both_count("{count} fact", "{count} facts", facts)
    if checked:
        told["totals"] = both("{agreed} of {checked} agree with their facts", agreed=agreed, checked=checked)
    return draw_sheets(sheets, told=told, targets=list(_targets(document)) if "steps" in document else [])


def _split(sheet: Document) -> dict[str, int]:
    """Say how many rows of a sheet became what; of a wide sheet, a row is several facts."""
    rest = max(sheet["data_rows"] - sheet["totals"] - sheet["rejected"], 0)
    taken = min(sheet["facts"], rest)
    return {"facts": taken, "rejects": sheet["rejected"], "totals": sheet["totals"], "left": rest - taken}


def _rows(count: int) -> Text:
    return both_count("{count} row", "{count} rows", count)


def _targets(document: Document) -> Iterator[Box]:
    """Give the tables that are written: that of the facts first, then those of the references."""
    done = document["executed"]
    loads = [step for step in document["steps"] if "ref" not in step and step["operation"] not in ("SKIP", "STAGE")]
    if loads:
        yield Box("facts", name_table(loads[-1]), *_loaded(document, loads, done=done))
    counted = {each["ref"]: each for each in (document["forecast"] or {}).get("references", ())}
    for name in dict.fromkeys(step["ref"] for step in document["steps"] if "ref" in step):
        steps = [step for step in document["steps"] if step.get("ref") == name]
        yield Box("reference", name, *_backfilled(steps, counted.get(name), done=done), more=both("reference"))


def _loaded(document: Document, loads: Sequence[Document], *, done: bool) -> tuple[Text, float, Text]:
    deletes = [step for step in loads if step["operation"] == "DELETE"]
    facts = (document["forecast"] or {}).get("facts")
    if done:
        inserted, deleted = document["facts"]["inserted"], sum(step["rows"] for step in deletes)
    else:
        inserted = None if facts is None else facts["inserted"]
        deleted = None if facts is None else facts["deleted"]
    if inserted is None:
        return both_count("{count} fact to load", "{count} facts to load", sum(_planned(loads))), 3.0, ""
    figure = both("{count} in", count=inserted) if done else both("{count} would come in", count=inserted)
    if not deleted:
        return figure, 3.0, ""
    return figure, 3.0, both("{count} replaced", count=deleted)


def _planned(loads: Sequence[Document]) -> list[int]:
    return [step["planned"] for step in loads if step["operation"] in ("INSERT", "UPSERT") and "planned" in step][:1]


def _backfilled(steps: Sequence[Document], counted: Document | None, *, done: bool) -> tuple[Text, float]:
    if done:
        new, filled = (
            sum(step["rows"] for step in steps if step["operation"] == operation)
            for operation in ("INSERT_MISSING", "UPDATE_NULL_ONLY")
        )
    elif counted is not None:
        new, filled = counted["inserted"], counted["rows_filled"]
    else:
        planned = max((step["planned"] for step in steps if "planned" in step), default=0)
        return both_count("up to {count} row", "up to {count} rows", planned), 1.0
    return both("{new} new, {filled} filled", new=new, filled=filled), 1.0
