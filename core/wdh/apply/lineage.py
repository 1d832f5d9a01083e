"""Whether a table has, and can hold, the columns that say where its rows came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.fit.types import make_check
from wdh.plan import Append, InsertMissing, RowStep, Statement, Upsert
from wdh.sql.identifiers import quote_ident
from wdh.sql.tables import LINEAGE, add_columns
from wdh.words.language import say

_TEXTS: Final = frozenset(("text", "varchar"))
_HOLDING: Final = {
    "run": _TEXTS | {"uuid"},
    "file": _TEXTS,
    "sheet": _TEXTS,
    "row": frozenset(("int4", "int8", "numeric")),
}


def lineage_missing(step: RowStep | Statement, table: WarehouseTable) -> Iterator[str]:
    """Say which columns the table lacks, and how it gets them."""
    names = _names(step)
    missing = {column: LINEAGE[part] for part, column in names.items() if column not in table.columns}
    if missing:
        listed = ", ".join(map(quote_ident, missing))
        yield say(
            "{target} has no column {listed}, which {step} in data_sources.yml names ({statement})",
            target=step.target.sql,
            listed=listed,
            step=_key(step),
            statement=add_columns(step.target, missing),
        )


def lineage_faults(step: RowStep, table: WarehouseTable) -> Iterator[str]:
    """Say which of the columns cannot hold what is to be written there."""
    for part, column in _names(step).items():
        kind = table.columns.get(column)
        if kind is None:
            continue
        check = make_check(kind)
        holds = kind.known in _HOLDING[part]
        refused = [check(value) for value in _values(step, part)] if holds and check is not None else []
        if not holds or any(refused):
            yield say(
                "{target}: column {column}, which {step} in data_sources.yml names for the {part}, is "
                "{kind}; make it {lineage}, or name another",
                target=table.target.sql,
                column=quote_ident(column),
                step=_key(step),
                part=part,
                kind=kind.shown,
                lineage=LINEAGE[part],
            )


def _names(step: RowStep | Statement) -> Mapping[str, str]:
    if isinstance(step, InsertMissing) and step.created_by is not None:
        return {"run": step.created_by.column}
    return step.lineage.names if isinstance(step, (Append, Upsert)) and step.lineage is not None else {}


def _key(step: RowStep | Statement) -> str:
    return (
        "lineage"
        if isinstance(step, (Append, Upsert))
        else say("created_by_run of refs.{reference}", reference=step.reference)
    )


def _values(step: RowStep, part: str) -> Iterator[str]:
    if not isinstance(step, (Append, Upsert)) or part == "run":
        yield "00000000-0000-4000-8000-000000000000"  # which is as long as any
    elif part == "row":
        yield str(max(max(segment.row_numbers) for segment in step.facts.segments))
    else:
        yield from {segment.file if part == "file" else segment.sheet for segment in step.facts.segments}
