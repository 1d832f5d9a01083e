"""A forecast for people: rows by reference and by period, amounts, and samples of what is new, filled or differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from wdh.apply.forecast import Change, FactForecast, Forecast, ReferenceForecast
from wdh.report.blocks import Line, Section, Table
from wdh.report.terminal import clip, counted

_WIDTH = 24
_NULL = "NULL"


def summarise_forecast(forecast: Forecast, *, title: str) -> Iterator[Section]:
    """Show a forecast, each part below the title and its own; parts that would be empty are left out."""
    facts = forecast.facts
    if forecast.references:
        yield Section(f"{title}: references", [_references(forecast.references)])
    if facts is not None:
        yield Section(f"{title}: facts", [_periods(facts)])
    if facts is not None and any(period.amounts for period in facts.periods):
        yield Section(f"{title}: amounts", [_amounts(facts)])
    yield from _samples(forecast)
    if forecast.unknown:
        yield Section("Not counted", [Line(f"{sentence}.") for sentence in forecast.unknown])


def _references(references: Sequence[ReferenceForecast]) -> Table:
    numbers = ("candidates", "new", "rows filled", "untouched", "differing")
    rows = []
    for found in references:
        differing = sum(found.disagreeing.values())
        counts = (found.candidates, found.inserted, found.rows_filled, found.untouched, differing)
        rows.append((found.reference, *(f"{count:,}" for count in counts)))
    return Table(("ref", *numbers), rows, numbers)


def _periods(facts: FactForecast) -> Table:
    updated = ("updated",) if facts.key else ()
    numbers = ("in the table", "deleted", "inserted", *updated, "net", "then", "left behind")
    rows = []
    for period in facts.periods:
        left = "" if period.left_behind is None else f"{period.left_behind:,}"
        counts = [f"{count:,}" for count in (period.before, period.deleted, period.inserted)]
        counts += [f"{period.updated:,}"] * len(updated)
        rows.append((_period(period.period), *counts, _signed(period.net), f"{period.after:,}", left))
    return Table((facts.period_column or "period", *numbers), rows, numbers)


def _amounts(facts: FactForecast) -> Table:
    numbers = ("before", "after", "change")
    rows = [
        (_period(period.period), name, *_sums(amount.before, amount.after))
        for period in facts.periods
        for name, amount in period.amounts.items()
    ]
    return Table((facts.period_column or "period", "amount", *numbers), rows, numbers)


def _sums(before: Decimal, after: Decimal) -> tuple[str, str, str]:
    return f"{before:,f}", f"{after:,f}", _signed(after - before)


def _samples(forecast: Forecast) -> Iterator[Section]:
    facts = forecast.facts
    if facts is not None and facts.left_behind:
        yield Section("Left behind: facts of these periods that the workbooks do not replace", list(_left(facts)))
    new = [found for found in forecast.references if found.new_keys]
    if new:
        yield Section("New keys", list(map(_new_keys, new)))
    filled = [(found, found.fills, sum(found.filled.values())) for found in forecast.references if found.fills]
    if filled:
        yield Section("Filled where there was nothing", list(_changes(filled, old=False)))
    differing = [
        (found, found.disagreements, sum(found.disagreeing.values()))
        for found in forecast.references
        if found.disagreements
    ]
    if differing:
        yield Section("Differing values: the table's stay as they are", list(_changes(differing, old=True)))


def _left(facts: FactForecast) -> Iterator[Table | Line]:
    rows = [(*map(_text, left.scope), f"{left.facts:,}") for left in facts.left_behind]
    yield Table((*facts.scope_columns, "facts"), rows, ("facts",))
    rest = sum(period.left_behind or 0 for period in facts.periods) - sum(left.facts for left in facts.left_behind)
    if rest:
        yield Line(f"… and {counted(rest, 'fact')} of other scopes")


def _new_keys(found: ReferenceForecast) -> Line:
    keys = ", ".join("/".join(map(_text, key)) for key in found.new_keys)
    rest = found.inserted - len(found.new_keys)
    return Line(f"{found.reference}: {keys}" + (f" … and {rest:,} more" if rest else ""))


def _changes(
    samples: Sequence[tuple[ReferenceForecast, Sequence[Change], int]], *, old: bool
) -> Iterator[Table | Line]:
    values = ("in the table", "in the workbooks") if old else ("in the workbooks",)
    rows: list[tuple[str, ...]] = []
    rest = []
    for found, changes, count in samples:
        for change in changes:
            shown = (change.old, change.new) if old else (change.new,)
            rows.append((found.reference, "/".join(map(_text, change.key)), change.column, *map(_text, shown)))
        if count > len(changes):
            rest.append(Line(f"… and {count - len(changes):,} more of {found.reference}"))
    yield Table(("ref", "key", "column", *values), rows)
    yield from rest


def _period(text: str | None) -> str:
    return "all" if text is None else text


def _text(text: str | None) -> str:
    return _NULL if text is None else clip(text, _WIDTH)


def _signed(number: int | Decimal) -> str:
    if isinstance(number, Decimal):
        return f"{number:+,f}" if number else f"{number:,f}"
    return f"{number:+,}" if number else "0"
