"""A forecast for people: rows by reference and by period, amounts, and samples of what is new, filled or differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import RenderableType

from wdh.apply.forecast import Change, FactForecast, Forecast, ReferenceForecast
from wdh.report.terminal import clip, counted, plain, section, table
from wdh.words.printable import show_controls

_WIDTH = 24
_NULL = "NULL"


def show_forecast(forecast: Forecast, *, title: str) -> Iterator[RenderableType]:
    """Draw a forecast, each part below the title and its own; parts that would be empty are left out."""
    facts = forecast.facts
    if forecast.references:
        yield from section(f"{title}: references", _references(forecast.references))
    if facts is not None:
        yield from section(f"{title}: facts", _periods(facts))
    if facts is not None and any(period.amounts for period in facts.periods):
        yield from section(f"{title}: amounts", _amounts(facts))
    yield from _samples(forecast)
    if forecast.unknown:
        yield from section("Not counted", *(plain(f"{sentence}.") for sentence in forecast.unknown))


def _references(references: Sequence[ReferenceForecast]) -> RenderableType:
    numbers = ("candidates", "new", "rows filled", "untouched", "differing")
    drawn = table("ref", *numbers, numbers=numbers)
    for found in references:
        differing = sum(found.disagreeing.values())
        counts = (found.candidates, found.inserted, found.rows_filled, found.untouched, differing)
        drawn.add_row(plain(found.reference), *(f"{count:,}" for count in counts))
    return drawn


def _periods(facts: FactForecast) -> RenderableType:
    numbers = ("in the table", "deleted", "inserted", "net", "then", "left behind")
    drawn = table(show_controls(facts.period_column or "period"), *numbers, numbers=numbers)
    for period in facts.periods:
        left = "" if period.left_behind is None else f"{period.left_behind:,}"
        counts = (f"{period.before:,}", f"{period.deleted:,}", f"{period.inserted:,}")
        drawn.add_row(_period(period.period), *counts, _signed(period.net), f"{period.after:,}", left)
    return drawn


def _amounts(facts: FactForecast) -> RenderableType:
    numbers = ("before", "after", "change")
    drawn = table(show_controls(facts.period_column or "period"), "amount", *numbers, numbers=numbers)
    for period in facts.periods:
        for name, amount in period.amounts.items():
            sums = (f"{amount.before:,f}", f"{amount.after:,f}", _signed(amount.after - amount.before))
            drawn.add_row(_period(period.period), plain(name), *sums)
    return drawn


def _samples(forecast: Forecast) -> Iterator[RenderableType]:
    facts = forecast.facts
    if facts is not None and facts.left_behind:
        yield from section("Left behind: facts of these periods that the workbooks do not replace", *_left(facts))
    new = [found for found in forecast.references if found.new_keys]
    if new:
        yield from section("New keys", *map(_new_keys, new))
    filled = [(found, found.fills, sum(found.filled.values())) for found in forecast.references if found.fills]
    if filled:
        yield from section("Filled where there was nothing", *_changes(filled, old=False))
    differing = [
        (found, found.disagreements, sum(found.disagreeing.values()))
        for found in forecast.references
        if found.disagreements
    ]
    if differing:
        yield from section("Differing values: the table's stay as they are", *_changes(differing, old=True))


def _left(facts: FactForecast) -> Iterator[RenderableType]:
    drawn = table(*map(show_controls, facts.scope_columns), "facts", numbers=("facts",))
    for left in facts.left_behind:
        drawn.add_row(*map(_value, left.scope), f"{left.facts:,}")
    yield drawn
    rest = sum(period.left_behind or 0 for period in facts.periods) - sum(left.facts for left in facts.left_behind)
    if rest:
        yield plain(f"… and {counted(rest, 'fact')} of other scopes")


def _new_keys(found: ReferenceForecast) -> RenderableType:
    keys = ", ".join("/".join(_text(value) for value in key) for key in found.new_keys)
    rest = found.inserted - len(found.new_keys)
    return plain(f"{found.reference}: {keys}" + (f" … and {rest:,} more" if rest else ""))


def _changes(
    samples: Sequence[tuple[ReferenceForecast, Sequence[Change], int]], *, old: bool
) -> Iterator[RenderableType]:
    values = ("in the table", "in the workbooks") if old else ("in the workbooks",)
    drawn = table("ref", "key", "column", *values)
    rest = []
    for found, changes, count in samples:
        for change in changes:
            shown = (change.old, change.new) if old else (change.new,)
            key = "/".join(_text(value) for value in change.key)
            drawn.add_row(plain(found.reference), plain(key), plain(change.column), *map(_value, shown))
        if count > len(changes):
            rest.append(plain(f"… and {count - len(changes):,} more of {found.reference}"))
    yield drawn
    yield from rest


def _period(text: str | None) -> RenderableType:
    return plain("all" if text is None else text)


def _value(text: str | None) -> RenderableType:
    return plain(_text(text))


def _text(text: str | None) -> str:
    return _NULL if text is None else clip(text, _WIDTH)


def _signed(number: int | Decimal) -> str:
    if isinstance(number, Decimal):
        return f"{number:+,f}" if number else f"{number:,f}"
    return f"{number:+,}" if number else "0"
