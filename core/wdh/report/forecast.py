"""A forecast for people: rows by reference and by period, amounts, and samples of what is new, filled or differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from wdh.apply.forecast import AmountForecast, Change, FactForecast, Forecast, ReferenceForecast
from wdh.report.blocks import Line, Section, Table
from wdh.report.terminal import clip
from wdh.words.language import say, say_count

_WIDTH = 24
_NULL = "NULL"
_USUAL_DECIMALS = 2


def summarise_forecast(forecast: Forecast, *, executed: bool) -> Iterator[Section]:
    """Show a forecast, or what came of it; parts that would be empty are left out."""
    facts = forecast.facts
    yield from _samples(forecast)
    if forecast.unknown:
        yield Section(say("Not counted"), [Line(f"{sentence}.") for sentence in forecast.unknown])
    if facts is not None and any(period.amounts for period in facts.periods):
        heading = say("As it happened: amounts") if executed else say("Forecast: amounts")
        yield Section(heading, [_amounts(facts)])
    if forecast.references:
        heading = say("As it happened: references") if executed else say("Forecast: references")
        yield Section(heading, [_references(forecast.references)])
    if facts is not None:
        yield Section(say("As it happened: facts") if executed else say("Forecast: facts"), [_periods(facts)])


def _references(references: Sequence[ReferenceForecast]) -> Table:
    numbers = (say("candidates"), say("new"), say("rows filled"), say("untouched"), say("differing"))
    rows = []
    for found in references:
        differing = sum(found.disagreeing.values())
        counts = (found.candidates, found.inserted, found.rows_filled, found.untouched, differing)
        rows.append((found.reference, *(f"{count:,}" for count in counts)))
    return Table((say("ref"), *numbers), rows, numbers)


def _periods(facts: FactForecast) -> Table:
    updated = (say("updated"),) if facts.key else ()
    counted = (say("in the table"), say("deleted"), say("inserted"), *updated)
    numbers = (*counted, say("net"), say("then"), say("left behind"))
    rows = []
    for period in facts.periods:
        left = "" if period.left_behind is None else f"{period.left_behind:,}"
        counts = [f"{count:,}" for count in (period.before, period.deleted, period.inserted)]
        counts += [f"{period.updated:,}"] * len(updated)
        rows.append((_period(period.period), *counts, _signed(period.net), f"{period.after:,}", left))
    return Table((facts.period_column or say("period"), *numbers), rows, numbers)


def _amounts(facts: FactForecast) -> Table:
    numbers = (say("before"), say("after"), say("change"))
    amounts = [(_period(p.period), name, amount) for p in facts.periods for name, amount in p.amounts.items()]
    decimals = max(map(_decimals, (sum_ for *_, amount in amounts for sum_ in (amount.before, amount.after))))
    rows = [
        (period, name, *(f"{sum_:,.{decimals}f}" for sum_ in (amount.before, amount.after)), _change(amount, decimals))
        for period, name, amount in amounts
    ]
    return Table((facts.period_column or say("period"), say("amount"), *numbers), rows, numbers)


def _change(amount: AmountForecast, decimals: int) -> str:
    change = amount.after - amount.before
    return f"{change:+,.{decimals}f}" if change else f"{change:,.{decimals}f}"


def _decimals(number: Decimal) -> int:
    """Count the decimals of a sum that are worth showing: two, or more where they are not zero."""
    written = f"{number:f}".partition(".")[2]
    return max(min(len(written), _USUAL_DECIMALS), len(written.rstrip("0")))


def _samples(forecast: Forecast) -> Iterator[Section]:
    facts = forecast.facts
    if facts is not None and facts.left_behind:
        yield Section(say("Left behind: facts of these periods that the workbooks do not replace"), list(_left(facts)))
    new = [found for found in forecast.references if found.new_keys]
    if new:
        cut = any(found.inserted > len(found.new_keys) for found in new)
        yield Section(say("New keys"), [*map(_new_keys, new), *_say_more(cut)])
    filled = [(found, found.fills, sum(found.filled.values())) for found in forecast.references if found.fills]
    if filled:
        yield Section(say("Filled where there was nothing"), list(_changes(filled, old=False)))
    differing = [
        (found, found.disagreements, sum(found.disagreeing.values()))
        for found in forecast.references
        if found.disagreements
    ]
    if differing:
        yield Section(say("Differing values: the table's stay as they are"), list(_changes(differing, old=True)))


def _left(facts: FactForecast) -> Iterator[Table | Line]:
    rows = [(*map(_text, left.scope), f"{left.facts:,}") for left in facts.left_behind]
    yield Table((*facts.scope_columns, say("facts")), rows, (say("facts"),))
    rest = sum(period.left_behind or 0 for period in facts.periods) - sum(left.facts for left in facts.left_behind)
    if rest:
        yield Line(say_count("… and {count} fact of other scopes", "… and {count} facts of other scopes", rest))


def _new_keys(found: ReferenceForecast) -> Line:
    keys = ", ".join("/".join(map(_text, key)) for key in found.new_keys)
    rest = found.inserted - len(found.new_keys)
    return Line(f"{found.reference}: {keys}" + (say(" … and {count} more", count=f"{rest:,}") if rest else ""))


def _changes(
    samples: Sequence[tuple[ReferenceForecast, Sequence[Change], int]], *, old: bool
) -> Iterator[Table | Line]:
    values = (say("in the table"), say("in the workbooks"))[0 if old else 1 :]
    rows: list[tuple[str, ...]] = []
    rest = []
    for found, changes, count in samples:
        for change in changes:
            shown = (change.old, change.new) if old else (change.new,)
            rows.append((found.reference, "/".join(map(_text, change.key)), change.column, *map(_text, shown)))
        if count > len(changes):
            more = f"{count - len(changes):,}"
            rest.append(Line(say("… and {count} more of {reference}", count=more, reference=found.reference)))
    yield Table((say("ref"), say("key"), say("column"), *values), rows)
    yield from rest
    yield from _say_more(bool(rest))


def _say_more(is_cut: bool) -> Iterator[Line]:
    if is_cut:
        yield Line(say("--report-dir DIR writes all changes to changes.xlsx"))


def _period(text: str | None) -> str:
    return say("all") if text is None else text


def _text(text: str | None) -> str:
    return _NULL if text is None else clip(text, _WIDTH)


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"
