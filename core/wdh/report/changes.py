"""All changes of a run as rows of a workbook: those of the warehouse's references, and what the facts make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wdh.apply.forecast import Listed

Document = Mapping[str, Any]


def list_headers(document: Document) -> tuple[str, ...]:
    """Name the columns of list_changes(): one for each part of the longest key of the report."""
    return ("change", "reference", *(f"key {part}" for part in range(1, _size(document) + 1)), *_VALUES)


_VALUES = ("column", "in the warehouse", "in the workbooks", "rows")


def list_changes(document: Document, changes: Iterable[Listed]) -> Iterator[Sequence[str | None]]:
    """List ``changes``, and of a report its facts that disagree and its references that are incomplete."""
    size = _size(document)
    for each in changes:
        yield (each.kind, each.reference, *_fill(each.key, size), each.column, each.old, each.new, None)
    for each in document.get("disagreements", ()):
        key = (*map(_write, each["key"]),)
        places = "; ".join(f"{place['file']} {place['row']}" for place in each["rows"])
        for value in each["values"]:
            yield ("disagreement", each["ref"], *_fill(key, size), each["column"], None, _write(value), places)
    for each in document.get("incomplete_references", ()):
        key = (*map(_write, each["key"]),)
        for column in each["missing"]:
            yield ("incomplete", each["ref"], *_fill(key, size), column, None, None, None)


def _size(document: Document) -> int:
    forecast = document.get("forecast") or {}
    keys = [each["key"] for each in forecast.get("references", ())]
    keys += [each["key"] for name in ("disagreements", "incomplete_references") for each in document.get(name, ())]
    return max(map(len, keys), default=1)


def _fill(key: Sequence[str | None], size: int) -> Iterator[str | None]:
    yield from key
    yield from [None] * (size - len(key))


def _write(value: object) -> str | None:
    return None if value is None else str(value)
