"""The breaches of guards: pure functions from what is known to what is found."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from fractions import Fraction

from wdh.apply.forecast import FactForecast, Forecast, PeriodForecast, ReferenceForecast
from wdh.apply.guards.repeats import Repeats
from wdh.apply.guards.values import Breach, Figure, Vanished, Watch
from wdh.facts.spool import FactRows
from wdh.settings import Guards

_SHOWN = 20
_ALL_FACTS = "all"


def judge(
    watch: Watch, *, forecast: Forecast, facts: FactRows | None, repeats: Repeats, vanished: Sequence[Vanished] = ()
) -> tuple[Breach, ...]:
    """Find what the guards say to a plan, by its ``forecast``. ``facts`` None: it loads none."""
    found: list[Breach] = []
    guards = watch.guards
    if forecast.facts is not None:
        found += _judge_shrink(guards, forecast.facts)
        found += _judge_deletes(guards, forecast.facts)
        found += _judge_left_behind(guards, forecast.facts)
    if facts is not None:
        found += _judge_vanished(watch, vanished)
    found += _judge_new_values(guards, forecast.references)
    return (*found, *judge_delivery(watch, facts=facts, repeats=repeats))


def judge_delivery(watch: Watch, *, facts: FactRows | None, repeats: Repeats) -> tuple[Breach, ...]:
    """Find what the guards say that need no database."""
    if facts is None:
        return ()
    return (*_judge_periods(watch, facts), *_judge_repeats(watch.guards, repeats))


def _judge_shrink(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    if guards.shrink is None:
        return
    figures = [figure for period in facts.periods for figure in _losses(period, guards.shrink)]
    if figures:
        periods = len(dict.fromkeys(figure["period"] for figure in figures))
        yield Breach(
            "shrink",
            f"{_counted(periods, 'period')} would lose more than {_percent(guards.shrink)} of its facts or amounts in "
            f"{facts.target.sql}.",
            tuple(figures[:_SHOWN]),
            more=max(0, len(figures) - _SHOWN),
            advice="Is the workbook whole? A part of a period replaces only its own scopes where pk has more columns.",
        )


def _losses(period: PeriodForecast, share: Fraction) -> Iterator[Figure]:
    name = _ALL_FACTS if period.period is None else period.period
    if period.after < period.before * (1 - share):
        lost = Fraction(period.before - period.after, period.before)
        yield {
            "period": name,
            "of": "facts",
            "before": f"{period.before:,}",
            "after": f"{period.after:,}",
            "lost": _percent(lost),
        }
    for column, amount in period.amounts.items():
        before, after = Fraction(amount.size_before), Fraction(amount.size_after)
        if after < before * (1 - share):
            yield {
                "period": name,
                "of": column,
                "before": f"{amount.size_before:,}",
                "after": f"{amount.size_after:,}",
                "lost": _percent((before - after) / before),
            }


def _judge_deletes(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    bound = guards.deletes
    if bound is None:
        return
    if bound.rows is not None:
        most, said = Fraction(bound.rows), f"{bound.rows:,}"
    else:
        share, rows = bound.share or Fraction(0), facts.table_rows or 0
        most, said = share * rows, f"{_percent(share)} of {rows:,}"
    if facts.deleted > most:
        yield Breach(
            "deletes",
            f"{facts.deleted:,} facts of {facts.target.sql} would be deleted, and at most {said} may be.",
            tuple(_deleted(facts)),
            advice="Does the delivery replace what it should?",
        )


def _deleted(facts: FactForecast) -> Iterator[Figure]:
    for period in facts.periods[:_SHOWN]:
        if period.deleted:
            counts = {"deleted": f"{period.deleted:,}", "inserted": f"{period.inserted:,}"}
            yield {"period": period.period or _ALL_FACTS, **counts}


def _judge_left_behind(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    left = sum(period.left_behind or 0 for period in facts.periods)
    if left:
        scopes = facts.left_behind[:_SHOWN]
        yield Breach(
            "left_behind",
            f"{_counted(left, 'fact')} of the delivery's periods would stay in {facts.target.sql}, since the delivery "
            f"has no row of their scope ({', '.join(facts.scope_columns)}).",
            tuple(
                {
                    name: "" if value is None else value
                    for name, value in zip(facts.scope_columns, each.scope, strict=True)
                }
                | {"facts": f"{each.facts:,}"}
                for each in scopes
            ),
            refuses=guards.left_behind == "refuse",
            advice="Where the delivery is the whole period, guards: {left_behind: delete} replaces it as a whole.",
        )


def _judge_new_values(guards: Guards, references: Sequence[ReferenceForecast]) -> Iterator[Breach]:
    share = guards.new_values
    if share is None:
        return
    grown = [each for each in references if each.table_rows and each.inserted > share * each.table_rows]
    if grown:
        yield Breach(
            "new_values",
            f"{_counted(len(grown), 'reference')} would grow by more than {_percent(share)}.",
            tuple(
                {"ref": each.reference, "rows": f"{each.table_rows:,}", "new": f"{each.inserted:,}"} for each in grown
            ),
            advice="Are the keys written as they were before?",
        )


def _judge_vanished(watch: Watch, vanished: Sequence[Vanished]) -> Iterator[Breach]:
    verdict = watch.guards.vanished_columns
    if not vanished or verdict == "off":
        return
    many = f"{_counted(len(vanished), 'column')} had values before and {'has' if len(vanished) == 1 else 'have'}"
    yield Breach(
        "vanished_columns",
        f"{many} no header in the sheet now, so that NULL or a default would stand there: "
        f"{'; '.join(_name_vanished(each) for each in vanished)}.",
        tuple({"column": each.column, "values replaced": f"{each.replaced:,}"} for each in vanished if each.replaced),
        refuses=verdict == "refuse",
        advice=" ".join(_advise(watch, each) for each in vanished if each.near is not None),
    )


def _name_vanished(vanished: Vanished) -> str:
    known = "in the facts that are replaced" if vanished.replaced else "in the latest runs"
    near = "" if vanished.near is None else f"; is it {vanished.near} ({vanished.place})?"
    return f"{vanished.column} (had values {known}{near})"


def _advise(watch: Watch, vanished: Vanished) -> str:
    if not watch.declares:
        return f"Call {vanished.near} {vanished.column} in the workbook, or ask the authors of the domain's package."
    return f"If {vanished.near} is {vanished.column}, add to the column: aliases: [{vanished.near}]"


def _judge_periods(watch: Watch, facts: FactRows) -> Iterator[Breach]:
    verdict = watch.guards.future_period
    last = watch.today.year * 12 + watch.today.month + 1
    late = sorted(
        period
        for period in facts.periods
        if isinstance(period, datetime.date) and period.year * 12 + period.month > last
    )
    if late and verdict != "off":
        yield Breach(
            "future_period",
            f"the delivery has facts of {_counted(len(late), 'period')} after the next month.",
            tuple({"period": f"{each}", "facts": f"{facts.periods[each].facts:,}"} for each in late[:_SHOWN]),
            more=max(0, len(late) - _SHOWN),
            refuses=verdict == "refuse",
            advice=f"Is {facts.period_column} typed correctly?",
        )


def _judge_repeats(guards: Guards, repeats: Repeats) -> Iterator[Breach]:
    if repeats.rows and guards.repeated_rows != "off":
        yield Breach(
            "repeated_rows",
            f"{_counted(repeats.rows, 'row')} of the delivery {'repeats' if repeats.rows == 1 else 'repeat'} another "
            "in every column.",
            tuple(
                {"file": each.file, "sheet": each.sheet, "rows": ", ".join(map(str, each.rows))}
                for each in repeats.places
            ),
            more=repeats.groups - len(repeats.places),
            refuses=guards.repeated_rows == "refuse",
            advice="Was a part of the sheet pasted twice?",
        )


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f} %".replace(".0 %", " %")
