"""Finds the facts of closed months, and makes the note or the reason for them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wdh import Batch, Columns, FactRows, Note, SetupError, Target, WarehouseReader, bilingual, month

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
            bilingual(
                "{block}.columns says that the month of {domain} is in {column!r}, which is no column of its facts; "
                "they have {columns}. Correct it in data_sources.yml.",
                "{block}.columns 说 {domain} 的月份在 {column!r} 列，但事实行没有这一列，只有 {columns}。"
                "请在 data_sources.yml 中更正。",
                block=_BLOCK,
                domain=domain,
                column=column,
                columns=", ".join(facts.columns),
            ),
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
        sentences.append(
            bilingual(
                "Which months are closed will be asked of {table} at --execute.",
                "--execute 时会向 {table} 查询哪些月份已关账。",
                table=_target(asked).sql,
            )
        )
    if facts.profiles[column].has_null:
        blank = sum(value is None for _, (value,) in facts.lines([column]))
        sentences.append(
            bilingual(
                "Facts of {domain} that have no month in {column}, and so are not locked: {blank}.",
                "{domain} 中 {column} 列没有月份、因此不受锁定的事实行：{blank}。",
                domain=domain,
                column=column,
                blank=blank,
            )
        )
    return Note(NOT_LOCKED if asked is None else NOT_ASKED, _join(sentences), {}) if sentences else None


def _show_missing(domain: str, column: str) -> str:
    return bilingual(
        "The facts of {domain} are not locked, as they have no column {column}; where their month is in another, name "
        "it in {block}.columns.",
        "{domain} 的事实行没有 {column} 列，因此没有锁定；如果月份在别的列，请在 {block}.columns 中写明。",
        domain=domain,
        column=column,
        block=_BLOCK,
    )


def _join(sentences: Sequence[str]) -> str:
    first, *rest = sentences
    return bilingual("{first} {second}", "{first}{second}", first=first, second=rest[0]) if rest else first


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
    if not rest:
        return bilingual("closed months: {shown}", "已关账的月份：{shown}", shown=shown)
    return bilingual(
        "closed months: {shown}; the open ones must be run alone (--period): {rest}",
        "已关账的月份：{shown}；未关账的须单独运行（--period）：{rest}",
        shown=shown,
        rest=rest,
    )


def _show_scope(facts: FactRows, closed: Closed, *, column: str) -> str:
    latest = _show_closed(max(closed), closed)
    return bilingual(
        "closed months could lose facts, the latest of them {latest}: the delete scope (pk: {scope}) lacks the column "
        "of the month, {column}, so facts of any month may be replaced; add {column} to pk in data_sources.yml or to "
        "--pk, or only add facts (--mode append)",
        "已关账的月份可能丢失事实行（最近的是 {latest}）：删除范围（pk：{scope}）不含月份列 {column}，"
        "任何月份的事实行都可能被替换；"
        "请把 {column} 加入 data_sources.yml 的 pk 或 --pk，或只追加事实行（--mode append）",
        latest=latest,
        scope=", ".join(facts.scope_columns),
        column=column,
    )


def _show_closed(month: datetime.date, closed: Closed) -> str:
    return f"{_show(month)} ({closed[month]})"


def _show(month: datetime.date) -> str:
    return f"{month:%Y-%m}"
