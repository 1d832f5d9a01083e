"""The changes that a plan would make to the tables of its references: counts, with samples of old and new values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.forecast.asking import NotAnswered, ask, can_read, describe, write_values
from wdh.apply.forecast.candidates import Candidates, without_misfits
from wdh.apply.forecast.changes import ChangeList, Listed
from wdh.apply.forecast.values import SHOWN, Change, ReferenceForecast
from wdh.facts import FactValue
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor
from wdh.words.language import say

CHUNK: Final = 50_000
"""Candidates that are sent at once."""

_VALUES: Final = 400_000
"""Values of changes that are read at once."""


class _Tally(Struct):
    """Counts and samples over all chunks of one reference."""

    inserted: int = 0
    rows_filled: int = 0
    filling: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=dict)
    new_keys: list[tuple[str | None, ...]] = field(default_factory=list)
    fills: list[Change] = field(default_factory=list)
    differences: list[Change] = field(default_factory=list)

    def keep(self, rows: _Tally) -> None:
        """Keep as many of the changes of some candidates as are shown."""
        self.new_keys += rows.new_keys[: SHOWN - len(self.new_keys)]
        self.fills += rows.fills[: SHOWN - len(self.fills)]
        self.differences += rows.differences[: SHOWN - len(self.differences)]


def forecast_reference(
    found: Candidates, cursor: Cursor, *, table: WarehouseTable, changes: ChangeList | None = None
) -> tuple[ReferenceForecast | None, tuple[str, ...]]:
    """Count what becomes of a reference's candidates, and say what cannot be counted; None: nothing can.

    Every change is added to ``changes``; None: samples are enough. Raises psycopg2.Error, SetupError as it does.
    """
    name = f"refs.{found.reference}"
    hidden = [column for column in (*found.key, *found.filled) if not can_read(table, column)]
    if hidden:
        return None, (
            say(
                "{name}: the role may not read {hidden} of {target}",
                name=name,
                hidden=", ".join(hidden),
                target=found.target.sql,
            ),
        )
    columns, misfits = without_misfits(found, table)
    unknown = [
        say(
            "{name}: {count:,} values of {column} do not fit {columns} and count as blank here; where "
            "one would be written, --execute refuses it",
            name=name,
            count=count,
            column=column,
            columns=table.columns[column].shown,
        )
        for column, count in misfits.items()
    ]
    reach = _reach(found, table)
    unknown += _not_compared(found, reach)
    listing = None if changes is None else _Listing(changes, found)
    try:
        if not found.keys_differ and _has_repeated_keys(found, columns, cursor, table=table):
            unknown.append(say("{name}: PostgreSQL takes two of the keys for one, which --execute refuses", name=name))
        tally = _Tally(filled=dict.fromkeys(_names(reach, reach.filled), 0))
        for start in range(0, len(found.rows), CHUNK):
            chunk = [column[start : start + CHUNK] for column in columns]
            _add_chunk(tally, chunk, cursor, reach=reach, listing=listing)
        ((rows,),) = ask(cursor, questions.count_table(found.target, found.key[0]))
    except NotAnswered as refused:
        if listing is not None:
            listing.forget()
        return None, (
            *unknown,
            say(
                "{name}: the server does not take a value or a type (SQLSTATE {sqlstate})",
                name=name,
                sqlstate=refused.sqlstate,
            ),
        )
    return _conclude(found, tally, rows=rows), tuple(unknown)


def _reach(found: Candidates, table: WarehouseTable) -> questions.Reach:
    size = len(found.key)
    columns = tuple(replace(describe(table, name), pattern=found.patterns.get(name)) for name in found.columns)
    compared = tuple(
        place
        for place, column in enumerate(columns)
        if place >= size and column.equal is not None and can_read(table, column.name)
    )
    filled = tuple(found.columns.index(column) for column in found.filled)
    return questions.Reach(found.target, columns, size, filled, compared)


def _not_compared(found: Candidates, reach: questions.Reach) -> Iterator[str]:
    left = [
        column.name for place, column in enumerate(reach.columns) if place >= reach.keys and place not in reach.compared
    ]
    if left:
        yield say(
            "refs.{reference}: values of {left} cannot be compared, or may not be read",
            reference=found.reference,
            left=", ".join(left),
        )


def _has_repeated_keys(
    found: Candidates, columns: Sequence[Sequence[FactValue]], cursor: Cursor, *, table: WarehouseTable
) -> bool:
    key = [describe(table, column) for column in found.key]
    ((repeated,),) = ask(cursor, questions.repeated_candidates(key), [*map(write_values, columns[: len(key)])])
    return bool(repeated)


class _Listing:
    """Lists every change of one reference."""

    def __init__(self, changes: ChangeList, found: Candidates) -> None:
        self._changes, self._found, self._start = changes, found, changes.end

    def forget(self) -> None:
        """Forget the changes of the reference."""
        self._changes.back_to(self._start)

    def add(self, rows: _Tally) -> None:
        """Add the changes of some candidates."""
        name = self._found.reference
        new = (Listed("new", name, key) for key in rows.new_keys if self._found.inserts)
        fills = (Listed("filled", name, each.key, each.column, each.old, each.new) for each in rows.fills)
        differ = (Listed("differing", name, each.key, each.column, each.old, each.new) for each in rows.differences)
        self._changes.add((*new, *fills, *differ))


def _add_chunk(
    tally: _Tally,
    columns: Sequence[Sequence[FactValue]],
    cursor: Cursor,
    *,
    reach: questions.Reach,
    listing: _Listing | None,
) -> None:
    most = SHOWN if listing is None else CHUNK
    (counted,) = ask(cursor, questions.count_candidates(reach, shown=most), [*map(write_values, columns)])
    missing, rows, filling, new, fills, differ, *by_column = counted
    tally.inserted += missing
    tally.rows_filled += int(rows)
    tally.filling += filling
    filled = _names(reach, reach.filled)
    for counts, names in ((tally.filled, filled), (tally.differing, _names(reach, reach.compared))):
        for column in names:
            counts[column] = counts.get(column, 0) + int(by_column.pop(0))
    shown = sorted({*(new or ()), *(fills or ()), *(differ or ())})
    if listing is None and min(len(tally.new_keys), len(tally.fills), len(tally.differences)) >= SHOWN:
        return
    at_once = max(_VALUES // (reach.keys + 3 * (len(reach.filled) + len(reach.compared))), SHOWN)
    for start in range(0, len(shown), at_once):
        sample = [[column[number - 1] for number in shown[start : start + at_once]] for column in columns]
        rows = _Tally()
        for row in ask(cursor, questions.show_candidates(reach), [*map(write_values, sample)]):
            _add_row(rows, row, reach=reach)
        tally.keep(rows)
        if listing is not None:
            listing.add(rows)


def _add_row(tally: _Tally, row: Sequence[Any], *, reach: questions.Reach) -> None:
    _, is_there, *texts = row
    key = tuple(texts[: reach.keys])
    if not is_there:
        tally.new_keys.append(key)
    cells = [texts[start : start + 3] for start in range(reach.keys, len(texts), 3)]
    for number, (place, (applies, old, new)) in enumerate(zip((*reach.filled, *reach.compared), cells, strict=True)):
        if applies:
            changes = tally.fills if number < len(reach.filled) else tally.differences
            changes.append(Change(key, reach.columns[place].name, old, new))


def _names(reach: questions.Reach, places: Sequence[int]) -> list[str]:
    return [reach.columns[place].name for place in places]


def _conclude(found: Candidates, tally: _Tally, *, rows: int) -> ReferenceForecast:
    made = ReferenceForecast(
        reference=found.reference,
        target=found.target,
        key=found.key,
        candidates=len(found.rows),
        rows_filled=tally.rows_filled,
        untouched=len(found.rows) - tally.filling,
        filled=tally.filled,
        disagreeing={column: count for column, count in tally.differing.items() if count},
        fills=tuple(tally.fills),
        disagreements=tuple(tally.differences),
        table_rows=rows,
    )
    if not found.inserts:
        return made
    return replace(
        made,
        inserted=tally.inserted,
        untouched=made.untouched - tally.inserted,
        new_keys=tuple(tally.new_keys),
    )
