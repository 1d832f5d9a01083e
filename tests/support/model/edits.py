"""What other people do to the tables by hand: one statement, and the rows that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from .ground import quoted
from .rows import Row
from .tables import TYPES, VALUES, Name


@dataclass(frozen=True, slots=True)
class Edit:
    """A statement with its values, and all rows of its table after it."""

    sql: str
    values: tuple[Any, ...]
    after: list[Row]


MakeEdit = Callable[[Name, Sequence[Row], st.DataObject], Edit]
"""Draws an edit of a table that holds these rows."""


def insert(name: Name, rows: Sequence[Row], data: st.DataObject) -> Edit:
    """Insert a row of any values."""
    row = {column: data.draw(_values(column), column) for column in TYPES[name[1]]}
    columns = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join(["%s"] * len(row))
    return Edit(f"INSERT INTO {quoted(name)} ({columns}) VALUES ({marks})", tuple(row.values()), [*rows, row])


def update(name: Name, rows: Sequence[Row], data: st.DataObject) -> Edit:
    """Write one value, or nothing, into the rows of one key."""
    key, wanted = _draw_key(name, data)
    column = data.draw(st.sampled_from(list(TYPES[name[1]])), "column")
    value = data.draw(st.one_of(st.none(), _values(column)), "value")
    after = [{**row, column: value} if _equal(row[key], wanted) else row for row in rows]
    return Edit(f'UPDATE {quoted(name)} SET "{column}" = %s WHERE "{key}" = %s', (value, wanted), after)


def delete(name: Name, rows: Sequence[Row], data: st.DataObject) -> Edit:
    """Delete the rows of one key."""
    key, wanted = _draw_key(name, data)
    after = [row for row in rows if not _equal(row[key], wanted)]
    return Edit(f'DELETE FROM {quoted(name)} WHERE "{key}" = %s', (wanted,), after)


EDITS: tuple[MakeEdit, ...] = (insert, update, update, delete)


def _draw_key(name: Name, data: st.DataObject) -> tuple[str, object]:
    key = {"计划": "计划号", "组合": "组合号", "事实": "计划代码"}[name[1]]
    return key, data.draw(_values(key), key)


def _values(column: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(VALUES.get(column, ("旧", None)))


def _equal(value: object, wanted: object) -> bool:
    """Compare as SQL does: NULL equals nothing."""
    return wanted is not None and value == wanted
