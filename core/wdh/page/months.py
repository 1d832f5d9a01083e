"""Month by month: what the ledger says was loaded, with this run among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct, field

from wdh.apply.history import RecordedRun
from wdh.page.chart import draw_months
from wdh.page.parts import Cell, Chart, Charts, Column, Lines, Row, Section, Table
from wdh.page.words import Text, both
from wdh.report.withholding import WITHHELD

_DRAWN: Final = 36
"""Months that a chart has at most, the latest ones."""

_AMOUNTS: Final = 3
"""Amounts that are drawn and listed at most."""

Sums = Mapping[str, Decimal]


class Month(Struct, frozen=True):
    """The facts of a month. ``was`` are the facts before the run that is marked; None: there were none."""

    facts: int
    sums: Sums = field(default_factory=dict)
    run_id: str | None = None
    was: int | None = None
    runs: int = 1
    is_marked: bool = False


def show_months(
    runs: Sequence[RecordedRun], *, marked: str | None = None, planned: Mapping[str, Any] | None = None
) -> Iterator[Section]:
    """Show the months that runs of one domain loaded, the newest run first; nothing where no column tells months apart.

    ``marked`` is the run that the page is about. ``planned`` are the facts that a run would load.
    """
    months = _collect(runs, marked=marked)
    if planned is not None and marked is None:
        months = _load(months, planned, is_append=False, run_id=None, is_marked=True)
    months = dict(sorted(months.items()))
    if not months or WITHHELD in months:
        return
    charts = list(_draw(months))
    drawn = [Charts(charts, any(month.is_marked for month in months.values()))] if charts else []
    yield Section("months", both("Month by month"), [*drawn, _list(months), Lines([_say_what()])])


def _say_what() -> Text:
    return both(
        "As the runs in the ledger loaded them: of each month what its latest run loaded, and what was appended to it. "
        "A run that replaces a part of a month counts as the whole of it here."
    )


def _collect(runs: Sequence[RecordedRun], *, marked: str | None) -> dict[str, Month]:
    months: dict[str, Month] = {}
    for run in reversed(runs):
        if run.periods is not None:
            is_append = run.mode == "append"
            is_marked = run.run_id == marked
            months = _load(months, run.periods, is_append=is_append, run_id=run.run_id, is_marked=is_marked)
    return months


def _load(
    months: Mapping[str, Month], periods: Mapping[str, Any], *, is_append: bool, run_id: str | None, is_marked: bool
) -> dict[str, Month]:
    loaded = dict(months)
    for each in periods["periods"]:
        if each["period"] is None:
            continue
        before = months.get(each["period"])
        sums = {name: Decimal(total) for name, total in each["sums"].items()}
        facts, runs = each["facts"], 1 if before is None else before.runs + 1
        if before is not None and is_append:
            facts += before.facts
            sums = {
                name: sums.get(name, Decimal(0)) + before.sums.get(name, Decimal(0)) for name in {**before.sums, **sums}
            }
        was = None if before is None else before.facts
        loaded[each["period"]] = Month(facts, sums, run_id, was, runs, is_marked)
    return loaded


def _draw(months: Mapping[str, Month]) -> Iterator[Chart]:
    drawn = dict(list(months.items())[-_DRAWN:])
    if len(drawn) < _FEWEST:
        return
    names, found = [_shorten(name) for name in drawn], list(drawn.values())
    marks = [month.is_marked for month in found]
    yield Chart(both("Rows"), draw_months(names, [float(month.facts) for month in found], marked=marks))
    for amount in _choose(months):
        sums = [float(month.sums.get(amount, Decimal(0))) for month in found]
        if max(map(abs, sums)) < _LARGE:
            yield Chart(both("Sum of {amount}", amount=amount), draw_months(names, sums, marked=marks))
        else:
            millions = [total / _MILLION for total in sums]
            caption = both("Sum of {amount}, in millions", amount=amount)
            yield Chart(caption, draw_months(names, millions, marked=marks))


_LARGE: Final = 10_000_000
_MILLION: Final = 1_000_000

_FEWEST: Final = 2
"""A chart of one month says nothing."""


def _shorten(name: str) -> str:
    """Write a month by its year and month where its name is the first of a month."""
    return name[:7] if len(name) == len("2024-11-01") and name.endswith("-01") else name


def _choose(months: Mapping[str, Month]) -> Sequence[str]:
    """Give the amounts with the largest sums: small ones are mostly rates."""
    sizes: dict[str, Decimal] = {}
    for month in months.values():
        for name, total in month.sums.items():
            sizes[name] = sizes.get(name, Decimal(0)) + abs(total)
    return sorted(sizes, key=lambda name: -sizes[name])[:_AMOUNTS]


def _list(months: Mapping[str, Month]) -> Table:
    amounts, is_marked = _choose(months), any(month.is_marked for month in months.values())
    columns = (
        Column(both("month")),
        Column(both("rows"), is_number=True),
        *([Column(both("before this run"), is_number=True)] if is_marked else []),
        *(Column(both("sum of {amount}", amount=name), is_number=True) for name in amounts),
        Column(both("runs"), is_number=True),
        Column(both("latest run"), is_value=True),
    )
    rows: list[Row] = [
        (
            Cell(_shorten(name), "good" if month.is_marked else ""),
            month.facts,
            *([month.was if month.is_marked else None] if is_marked else []),
            *(f"{month.sums[amount]:,f}" if amount in month.sums else None for amount in amounts),
            month.runs,
            both("this run") if month.is_marked else (month.run_id or "")[:8],
        )
        for name, month in reversed(list(months.items()))
    ]
    return Table(both("Months, the latest first"), columns, rows, finds=len(rows) > _SEARCHED, printed=6)


_SEARCHED: Final = 24
