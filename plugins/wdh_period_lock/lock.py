"""Finds the facts of closed months, and makes the note or the reason for them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wdh import Batch, Columns, FactRows, Note, SetupError, Target, WarehouseReader, month

NOT_ASKED: Final = "period_lock_not_asked"
"""The code of the note that a plan makes where a table says which months are closed."""

NOT_LOCKED: Final = "period_lock_not_locked"
"""The code of the note about facts whose month the lock cannot see."""

_BLOCK: Final = "plugins.period_lock"
_MONTH: Final = "month"
_READING: Final = Columns(month(_MONTH, required=True))

Closed = Mapping[datetime.date, str]
"""The table of closed months, each by its first day."""


def judge_facts(
    domain: str, facts: FactRows, *, warehouse: WarehouseReader | None, settings: Mapping[str, Any]
) -> str | Note | None:
    """Veto facts with a closed month, and those that would replace facts of one.

    A note says where the lock could not look: which table will be asked at --execute where there is no ``warehouse``,
    and facts that are not locked as they have no month. Raises SetupError for a setting, a table or a column that does
    not say which month is meant.
    """
    table, column = settings.get("table"), find_column(domain, facts, settings)
    closed: Closed = dict.fromkeys(_read(settings["closed"], place=f"{_BLOCK}.closed"), f"{_BLOCK}.closed")
    if not facts.count or (table is None and not closed):
        return None
    if column is None:
        return Note(NOT_LOCKED, _show_missing(domain, settings["column"]), {})
    months = read_months(domain, facts, column=column)
    replaces_any = bool(facts.scope_columns) and column not in facts.scope_columns
    if table is not None and warehouse is not None and (months or replaces_any):
        closed = {**ask_table(domain, table, warehouse), **closed}
    if closed and replaces_any:
        return _show_scope(facts, closed, column=column)
    if not months.isdisjoint(closed):
        return _show_veto(months, closed)
    return _note_unseen(domain, facts, column=column, asked=table if warehouse is None else None)


def find_column(domain: str, facts: FactRows, settings: Mapping[str, Any]) -> str | None:
    """Find the column with the month of the facts; None where they lack it, or there are none.

    Raises SetupError where the settings name the column for this very domain and the facts lack it: a lock that
    cannot look must not let through.
    """
    named = settings["columns"].get(domain)
    column: str = named or settings["column"]
    if column in facts.columns:
        return column
    if named is not None and facts.count:
        raise SetupError(
            f"{_BLOCK}.columns says that the month of {domain} is in {column!r}, which is no column of its facts; they "
            f"have {', '.join(facts.columns)}. Correct it in data_sources.yml.",
            domain=domain,
            column=column,
        )
    return None


def read_months(domain: str, facts: FactRows, *, column: str) -> frozenset[datetime.date]:
    """Read the months that the facts have in ``column``. Raises SetupError for a value there that is none."""
    values = [value for value in facts.distinct_values(column) if value is not None]
    return frozenset(_read(values, place=f"{_BLOCK}: the facts of {domain}, column {column}"))


def ask_table(domain: str, table: Mapping[str, str], warehouse: WarehouseReader) -> Closed:
    """Ask the table for the months that are closed for a domain: its own, and those of every domain."""
    target, names = _target(table), table.get("domain")
    filters: Sequence[dict[str, str | None] | None] = [None] if names is None else [{names: domain}, {names: None}]
    rows = [row for where in filters for row in warehouse.rows(target, [table["month"]], where=where)]
    found = [value for (value,) in rows if value is not None]
    return dict.fromkeys(_read(found, place=f"{_BLOCK}: {target.sql}, column {table['month']}"), target.sql)


def _note_unseen(domain: str, facts: FactRows, *, column: str, asked: Mapping[str, str] | None) -> Note | None:
    """Note the table that is still to be ``asked`` (None: none is), and the facts without a month; None: neither."""
    sentences = []
    if asked is not None:
        sentences.append(f"Which months are closed will be asked of {_target(asked).sql} at --execute.")
    if facts.profiles[column].has_null:
        blank = sum(value is None for _, (value,) in facts.lines([column]))
        sentences.append(f"Facts of {domain} that have no month in {column}, and so are not locked: {blank}.")
    return Note(NOT_LOCKED if asked is None else NOT_ASKED, " ".join(sentences), {}) if sentences else None


def _show_missing(domain: str, column: str) -> str:
    return (
        f"The facts of {domain} are not locked, as they have no column {column}; where their month is in another, name "
        f"it in {_BLOCK}.columns."
    )


def _target(table: Mapping[str, str]) -> Target:
    return Target(table.get("schema"), table["table"])


def _read(values: Sequence[Any], *, place: str) -> Sequence[datetime.date]:
    """Read months as a sheet's would be read. Raises SetupError, with the ``place``, for what is none."""
    read = _READING.clean(Batch(place, "", range(1, len(values) + 1), {_MONTH: values}, {_MONTH: "A"}))
    for reject in read.rejects:
        raise SetupError(f"{place}: {reject.sentence}", value=reject.value)
    return read.columns[_MONTH]  # type: ignore[return-value]  # dates, as none was refused


def _show_veto(months: frozenset[datetime.date], closed: Closed) -> str:
    shown = ", ".join(_show_closed(month, closed) for month in sorted(months & closed.keys()))
    rest = ", ".join(map(_show, sorted(months - closed.keys())))
    return f"closed months: {shown}" + (f"; the open ones must be run alone (--period): {rest}" if rest else "")


def _show_scope(facts: FactRows, closed: Closed, *, column: str) -> str:
    latest = _show_closed(max(closed), closed)
    return (
        f"closed months could lose facts, the latest of them {latest}: the delete scope (pk: "
        f"{', '.join(facts.scope_columns)}) lacks the column of the month, {column}, so facts of any month may be "
        f"replaced; add {column} to pk in data_sources.yml or to --pk, or only add facts (--mode append)"
    )


def _show_closed(month: datetime.date, closed: Closed) -> str:
    return f"{_show(month)} ({closed[month]})"


def _show(month: datetime.date) -> str:
    return f"{month:%Y-%m}"
